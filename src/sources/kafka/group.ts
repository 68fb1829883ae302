import { type EvrunError, messageOf } from '../../contract/errors.ts';
import type { SourceContext } from '../../contract/source.ts';
import type { ConsumerConfig, KafkaClient } from '../../support/kafka/client.ts';
import { Member } from './member.ts';
import { isLost, PositionLost, StoodStill } from './membership.ts';
import type { Offsets } from './offsets.ts';
import type { Reading } from './reading.ts';
import { explainTopics } from './refused-topics.ts';
import { Silence, TICK_MS } from './silence.ts';

export interface GroupOptions {
  readonly consumer: ConsumerConfig;
  readonly topics: readonly string[];
  /** No group is joined; all partitions are read. */
  readonly alone: boolean;
  /** What must have succeeded before this process joins at all. Tried together with the first join. */
  readonly first: () => Promise<void>;
  /** Called before the first join, when the cluster can be asked. */
  readonly before: (offsets: Offsets) => Promise<void>;
}

/** Between two attempts to join while the brokers are away: how soon an outage is seen to be over. */
const PROBE_MS = 1_000;
const PROBES_MS = 15_000;
/** Beyond the work itself: a consumer that does not end by then is left to itself. */
const LEAVE_MS = 700;

/**
 * The place of this process in its group, for as long as the pipeline runs: joins, and joins again whenever a
 * membership ends by itself, for kafkajs ends one for many reasons and does not always say so. An outage is waited out,
 * a refusal ends the pipeline.
 */
export class Group {
  member: Member | undefined;
  private readonly ctx: SourceContext;
  private readonly client: KafkaClient;
  private readonly options: GroupOptions;
  private readonly reading: Reading;
  private readonly closing = new AbortController();
  /** The name of a membership that did not leave: the next one takes its place. */
  private lastName: string | undefined;
  private down = false;
  private watch: NodeJS.Timeout | undefined;
  private readonly silence = new Silence();
  private lookedAt = 0;

  constructor(ctx: SourceContext, client: KafkaClient, options: GroupOptions, reading: Reading) {
    this.ctx = ctx;
    this.client = client;
    this.options = options;
    this.reading = reading;
  }

  get where(): string {
    return this.client.settings.brokers.join(',');
  }

  /** Joins, and stays joined until `close`. Throws EvrunError. */
  async open(): Promise<void> {
    // One attempt at both: once anything was reached, a missing topic would be waited for without limit.
    await this.ctx.reach(this.what, async (signal) => {
      await this.options.first();
      await this.join(signal);
    });
    this.lookedAt = performance.now();
    this.watch = setInterval(() => this.look(), TICK_MS);
    void this.keep();
  }

  explain(error: unknown): EvrunError {
    return this.client.explain(error, this.what);
  }

  /** Why nothing is read; undefined = all is well. */
  stalled(): string | undefined {
    const { seconds } = this.silence;
    return seconds === undefined ? undefined : `nothing was heard of Kafka at ${this.where} for ${seconds} s`;
  }

  async close(): Promise<void> {
    this.closing.abort();
    clearInterval(this.watch);
    this.reading.stop();
    await this.member?.close(LEAVE_MS);
    await this.client.close();
  }

  private get what(): string {
    return this.whatOf(this.options.topics);
  }

  private whatOf(topics: readonly string[]): string {
    return `read ${topics.join(', ')} as group ${this.options.consumer.groupId}`;
  }

  private async keep(): Promise<void> {
    try {
      while (!this.closing.signal.aborted) {
        const { member } = this;
        if (member === undefined) return;
        const reason = await member.ended;
        if (this.closing.signal.aborted) return;
        this.lastName = member.memberId;
        const error = await this.reasonOf(reason);
        await this.reading.lost();
        await member.close(LEAVE_MS);
        if (error !== undefined && error.retry === 'never') throw error;
        await this.ctx.reach(this.what, (signal) => this.join(signal));
      }
    } catch (error) {
      if (!this.closing.signal.aborted) this.reading.fail(error);
    }
  }

  private async reasonOf(reason: unknown): Promise<EvrunError | undefined> {
    const { log } = this.ctx;
    const group = this.options.consumer.groupId;
    if (reason instanceof PositionLost || reason instanceof StoodStill || isLost(reason)) {
      log.info(`joins group ${group} again: ${messageOf(reason)}`, { group });
      return undefined;
    }
    const error = await this.explained(reason);
    if (error.retry === 'later')
      log.info(`the place in group ${group} was lost: ${error.message}`, { group });
    return error;
  }

  /** Tries once, and while an outage lasts every second: backoff would sleep through its end. */
  private async join(signal: AbortSignal): Promise<void> {
    const { clock } = this.ctx;
    const since = clock.monotonic();
    for (;;) {
      try {
        await this.joinOnce(signal);
        this.down = false;
        return;
      } catch (error) {
        const known = this.down;
        this.down = true;
        const explained = await this.explained(error);
        const patient = known && explained.retry === 'later' && clock.monotonic() - since < PROBES_MS;
        if (!patient || signal.aborted || this.closing.signal.aborted) throw explained;
        await clock.sleep(PROBE_MS, signal);
      }
    }
  }

  private async joinOnce(signal: AbortSignal): Promise<void> {
    const { client, options, reading, lastName, closing } = this;
    const member = new Member(client, options.consumer, reading, {
      inherited: lastName,
      alone: options.alone,
    });
    this.member = member;
    const stopping = AbortSignal.any([signal, closing.signal]);
    let end: () => void = () => {};
    const aborted = new Promise<never>((_, reject) => {
      end = () => reject(new Error('the pipeline is stopping'));
      if (stopping.aborted) end();
      else stopping.addEventListener('abort', end);
    });
    try {
      reading.member = member;
      await Promise.race([member.join(options.topics, options.before), aborted]);
      this.silence.end();
    } catch (error) {
      await member.close(LEAVE_MS);
      throw error;
    } finally {
      stopping.removeEventListener('abort', end);
    }
  }

  private explained(error: unknown): Promise<EvrunError> {
    return explainTopics(error, this.options.topics, this.client, (topics) => this.whatOf(topics));
  }

  private look(): void {
    const { member } = this;
    const { sessionTimeoutMs, rebalanceTimeoutMs } = this.client.settings.consumer;
    const now = performance.now();
    const stood = now - this.lookedAt;
    this.lookedAt = now;
    if (stood > sessionTimeoutMs) member?.fail(new StoodStill(stood));
    if (member === undefined || !this.silence.tick(member, rebalanceTimeoutMs)) return;
    member.fail(new Error('nothing was heard for too long'));
  }
}
