import type { DeadLetter } from '../../contract/dead-letter.ts';
import type { Batch, Delivery, Lag, Progress, Source, SourceContext } from '../../contract/source.ts';
import { openKafka } from '../../support/kafka/client.ts';
import type { KafkaSettings } from '../../support/kafka/settings.ts';
import { Commits } from './commit.ts';
import { DeadLetterTopic } from './dead-letters.ts';
import { Group } from './group.ts';
import { LagMeter } from './lag.ts';
import { Reading } from './reading.ts';
import { Starts } from './starts.ts';

export interface KafkaOptions {
  readonly settings: KafkaSettings;
  readonly topics: readonly string[];
  /** Topics whose records are passed over. */
  readonly unwanted: ReadonlySet<string>;
  readonly group: string;
  readonly readCommitted: boolean;
  readonly start: SourceContext['start']['point'];
  /** Never begins where the group has no position. */
  readonly strict: boolean;
  readonly deadLetters: { readonly topic: string; readonly settings: KafkaSettings } | undefined;
}

/**
 * A member of a consumer group. Fetches go on in the background while there is room; the engine takes what they brought
 * partition by partition, in portions; what it says is done is committed in the group.
 */
export class KafkaSource implements Source {
  private readonly ctx: SourceContext;
  private readonly options: KafkaOptions;
  private readonly reading: Reading;
  private readonly starts: Starts;
  private readonly commits: Commits;
  private readonly meter = new LagMeter();
  private readonly letters: DeadLetterTopic | undefined;
  private group: Group | undefined;
  private closed: Promise<void> | undefined;

  constructor(options: KafkaOptions, ctx: SourceContext) {
    this.ctx = ctx;
    this.options = options;
    const { topics, group, start: point, settings, unwanted, deadLetters: to } = options;
    if (to !== undefined && !ctx.dryRun) this.letters = new DeadLetterTopic(to.topic, to.settings, ctx);
    this.starts = new Starts(ctx, { topics, group, point, strict: options.strict });
    this.reading = new Reading(ctx, this.starts, settings.consumer, unwanted);
    this.commits = new Commits(ctx, {
      member: () => this.reading.member,
      held: (partition) => this.reading.partitions.get(partition),
      explain: (error) => (this.group as Group).explain(error),
    });
  }

  async open(): Promise<void> {
    const { ctx, options, reading, starts } = this;
    const { settings, topics, group, readCommitted } = options;
    const client = await openKafka(settings, ctx.log);
    this.group = new Group(
      ctx,
      client,
      {
        consumer: { groupId: group, readUncommitted: !readCommitted },
        topics,
        // It changes nothing for the others.
        alone: ctx.dryRun,
        first: async () => this.letters?.open(),
        before: (offsets) => starts.survey(offsets),
      },
      reading,
    );
    await this.group.open();
  }

  async *read(signal: AbortSignal): AsyncIterable<Batch> {
    const { reading } = this;
    const { inbox } = reading;
    const nudge = () => inbox.nudgeReader();
    signal.addEventListener('abort', nudge, { once: true });
    try {
      while (!signal.aborted) {
        if (reading.failure !== undefined) throw reading.failure;
        const batch = inbox.take();
        if (batch !== undefined) yield batch;
        else if (this.ctx.untilCaughtUp && reading.isCaughtUp) return;
        else await inbox.something();
      }
    } finally {
      signal.removeEventListener('abort', nudge);
    }
  }

  async commit(progress: readonly Progress[]): Promise<void> {
    if (!this.ctx.dryRun) await this.commits.commit(progress);
  }

  async deadLetter(letter: DeadLetter, delivery: Delivery): Promise<void> {
    await this.letters?.write(letter, delivery);
  }

  lag(): Promise<Lag> {
    return this.meter.measure(this.reading.partitions, this.reading.member);
  }

  partitions(): readonly string[] {
    return [...this.reading.partitions.keys()];
  }

  stalled(): string | undefined {
    return this.group?.stalled();
  }

  close(): Promise<void> {
    this.closed ??= this.closeOnce();
    return this.closed;
  }

  private async closeOnce(): Promise<void> {
    await Promise.all([this.group?.close(), this.letters?.close()]);
  }
}
