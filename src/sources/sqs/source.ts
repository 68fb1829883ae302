import type { ConfigOf } from '../../contract/schema.ts';
import type { Batch, Delivery, Lag, Settled, Source, SourceContext } from '../../contract/source.ts';
import { type SnsVerifier, snsVerifier } from '../../support/aws/sns-signature.ts';
import { SqsClient } from '../../support/aws/sqs-client.ts';
import type { SqsMessage } from '../../support/aws/sqs-types.ts';
import { Backlog } from './backlog.ts';
import { type Opened, type Queue, SqsDelivery } from './delivery.ts';
import { type Opener, openerFor } from './envelope.ts';
import type { HeldMessage } from './held.ts';
import { Outcomes } from './outcomes.ts';
import { Patience } from './patience.ts';
import { Receiver } from './receiver.ts';
import { checkRedrive, redriveOf } from './redrive.ts';
import type { schema } from './schema.ts';

type SqsConfig = ConfigOf<typeof schema>;

/** Requests that settle and extend, beside those that receive. */
const ACK_REQUESTS = 8;
const NOTHING_NEW: Batch = { deliveries: [] };
/** `options.shutdown_timeout_seconds` where the engine does not say. */
const SHUTDOWN_MS = 10_000;
/** `options.retry_count` where the engine does not say. */
const RETRY_COUNT = 3;

/** Messages of a queue, acknowledged one by one. */
export class SqsSource implements Source {
  readonly extendEveryMs: number;
  private readonly ctx: SourceContext;
  private readonly config: SqsConfig;
  private client: SqsClient | undefined;
  private backlog: Backlog | undefined;
  private queue: Queue | undefined;
  private verifier: SnsVerifier | undefined;
  private opener: Opener | undefined;
  private receiver: Receiver | undefined;
  private outcomes: Outcomes | undefined;
  private closed: Promise<void> | undefined;

  constructor(config: SqsConfig, ctx: SourceContext) {
    this.config = config;
    this.ctx = ctx;
    this.extendEveryMs = (config.visibility_timeout_seconds * 1000) / 6;
  }

  async open(): Promise<void> {
    const { config, ctx } = this;
    const { clock, log } = ctx;
    const waitSeconds = this.waitSeconds();
    const patience = new Patience(clock);
    const opening = `open the queue ${config.queue_url ?? config.queue}`;
    const client = await ctx.reach(opening, (signal) => this.connect(waitSeconds, patience, signal));
    this.backlog = new Backlog(client);
    const name = client.queueUrl.slice(client.queueUrl.lastIndexOf('/') + 1);
    const source = `/evrun/sqs/${encodeURIComponent(name)}`;
    this.queue = { url: client.queueUrl, name, source, isFifo: client.isFifo };
    const { region } = client;
    this.verifier = config.verify_sns ? snsVerifier({ now: () => clock.now(), region }) : undefined;
    this.opener = openerFor(config.sns, this.verifier, log);
    this.outcomes = new Outcomes({
      client,
      patience,
      limit: ACK_REQUESTS,
      onDead: config.on_dead,
      visibilitySeconds: config.visibility_timeout_seconds,
      clock,
      log,
    });
    this.receiver = new Receiver({
      client,
      reach: ctx.reach,
      patience,
      clock,
      most: config.receivers,
      options: {
        max: Math.min(config.batch_size, ctx.maxBatch.events),
        waitSeconds,
        visibilitySeconds: config.visibility_timeout_seconds,
        messageAttributes: config.message_attributes,
      },
    });
  }

  /** Also asks the queue something: an address where nobody answers must not pass for one that was reached. */
  private async connect(waitSeconds: number, patience: Patience, signal: AbortSignal): Promise<SqsClient> {
    const { config, ctx } = this;
    const { clock, dryRun, log, retryCount = RETRY_COUNT } = ctx;
    const timeoutMs = (waitSeconds + 15) * 1000;
    this.client ??= await SqsClient.open(
      { config, connections: config.receivers + ACK_REQUESTS, timeoutMs, clock },
      { url: config.queue_url, name: config.queue },
    );
    const { client } = this;
    if (config.queue !== undefined) patience.met(); // its URL was asked for
    const redrive = await patience.with(() => redriveOf(client, signal));
    const { isFifo, queueUrl } = client;
    const reading = { queue: `the queue ${queueUrl}`, isFifo, onDead: config.on_dead, retryCount, dryRun };
    checkRedrive(redrive, reading, log);
    return client;
  }

  /** A stop waits for a running receive, so that none is longer than a stop may take. */
  private waitSeconds(): number {
    const { ctx, config } = this;
    const { shutdownTimeoutMs = SHUTDOWN_MS } = ctx;
    const longest = Math.max(0, Math.floor(shutdownTimeoutMs / 1000) - 2);
    return Math.min(config.wait_time_seconds, longest, ctx.untilCaughtUp ? 1 : 20);
  }

  async *read(signal: AbortSignal): AsyncIterable<Batch> {
    const { receiver, outcomes } = this;
    if (receiver === undefined || outcomes === undefined || signal.aborted) return;
    const stop = () => receiver.stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      for (;;) {
        const received = await receiver.next();
        if (received === undefined) return;
        const messages = outcomes.wanted(received.messages);
        if (messages.length > 0) {
          const held = messages.map((message) => outcomes.hold(message, received.at));
          const deliveries = await this.deliveriesOf(messages, held);
          if (signal.aborted) return;
          yield { deliveries };
        } else if (await this.caughtUp(outcomes)) return;
        else yield NOTHING_NEW;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      await this.giveBackUnread(receiver, outcomes);
    }
  }

  /** What came after the engine stopped reading goes back at once. */
  private async giveBackUnread(receiver: Receiver, outcomes: Outcomes): Promise<void> {
    const { clock, log } = this.ctx;
    const { messages, cutOff } = await receiver.rest();
    if (cutOff > 0) {
      const seconds = this.config.visibility_timeout_seconds;
      log.warn(`SQS did not answer in time: what it had picked for us is hidden for ${seconds} s`, {
        receives: cutOff,
      });
    }
    const now = clock.monotonic();
    await outcomes.tryToGiveBack(messages.map((message) => outcomes.hold(message, now)));
  }

  private async deliveriesOf(
    messages: readonly SqsMessage[],
    held: readonly HeldMessage[],
  ): Promise<SqsDelivery[]> {
    const opened = messages.map(({ Body }) => this.opened(Body));
    const all = this.verifier === undefined ? (opened as readonly Opened[]) : await Promise.all(opened);
    return messages.map(
      (message, i) => new SqsDelivery(this.queue as Queue, message, held[i] as HeldMessage, all[i] as Opened),
    );
  }

  private opened(body: string): Opened | Promise<Opened> {
    const opener = this.opener as Opener;
    if (this.verifier === undefined) return opener.open(body);
    return this.ctx.reach('check the signature of a message from SNS', async () => opener.open(body));
  }

  async settle(done: readonly Settled[]): Promise<void> {
    await this.outcomes?.settle(done);
  }

  async extend(_: readonly Delivery[]): Promise<void> {
    if (this.closed === undefined) await this.outcomes?.extend();
  }

  /** `--until-caught-up`: the queue says that it is empty, and nothing of ours may come again. */
  private async caughtUp(outcomes: Outcomes): Promise<boolean> {
    const { ctx, backlog } = this;
    if (!ctx.untilCaughtUp) return false;
    if (!ctx.dryRun && outcomes.mayComeAgain) return false;
    return (await ctx.reach('ask how many messages wait', async () => backlog?.waiting())) === 0;
  }

  async lag(): Promise<Lag> {
    return (await this.backlog?.lag()) ?? {};
  }

  close(): Promise<void> {
    this.closed ??= this.closeOnce();
    return this.closed;
  }

  private async closeOnce(): Promise<void> {
    try {
      await this.outcomes?.end();
    } finally {
      await this.verifier?.close();
      await this.client?.close();
    }
  }
}
