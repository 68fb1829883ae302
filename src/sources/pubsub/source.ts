import { EvrunError, messageOf, withFullStop } from '../../contract/errors.ts';
import type { Batch, Delivery, Settled, Source, SourceContext, StartPoint } from '../../contract/source.ts';
import { fullName } from '../../support/google/names.ts';
import { PubSubClient } from '../../support/google/pubsub-client.ts';
import { FailedAttempts } from './attempts.ts';
import { checkSettings } from './check.ts';
import { Inbox } from './inbox.ts';
import { Leases } from './leases.ts';
import { PubSubDelivery, type PulledMessage } from './message.ts';
import { Puller } from './puller.ts';
import type { PubSubConfig } from './schema.ts';
import { Settler } from './settler.ts';
import { Subscription } from './subscription.ts';

/** How long nothing may come before Pub/Sub is asked whether there is anything. */
const QUIET_MS = 1_000;
/** Until caught up: so often in a row it must have said that there is nothing. */
const EMPTY_ANSWERS = 2;
/** Until caught up: how late Pub/Sub may be with a message that was given back. */
const COMES_BACK_MS = 2_000;
/** A dry run acknowledges nothing, so everything that it shows stays leased. */
const MOST_IN_DRY_RUN = 10_000;

/**
 * Pulls messages ahead of the work, extends their leases while they wait or are in work, and acknowledges what is
 * done. What failed goes back with its backoff as the new deadline, so that another consumer may try it.
 */
export class PubSubSource implements Source {
  readonly extendEveryMs = 1_000;
  private readonly ctx: SourceContext;
  private readonly config: PubSubConfig;
  private client: PubSubClient | undefined;
  private subscription: Subscription | undefined;
  private settler: Settler | undefined;
  private puller: Puller | undefined;
  private readonly leases = new Leases();
  private readonly attempts = new FailedAttempts();
  private leaseMs = 10_000;
  private sequence = 0;
  private readonly inbox = new Inbox();
  private closed: Promise<void> | undefined;

  constructor(config: PubSubConfig, ctx: SourceContext) {
    this.config = config;
    this.ctx = ctx;
  }

  async open(): Promise<void> {
    const { config, ctx } = this;
    const client = await PubSubClient.open({
      endpoint: config.endpoint,
      credentialsFile: config.credentials_file,
      // Idle pulls hold a connection each; acknowledging must not wait for them.
      connections: config.receivers + 6,
      clock: ctx.clock,
      env: process.env,
      code: 'EVR_SOURCE',
    });
    this.client = client;
    const name = await fullName('subscription', config.subscription, config.project, process.env, () =>
      client.project(),
    );
    const subscription = new Subscription(name, client);
    const settings = await ctx.reach(`look at ${name}`, (signal) => subscription.settings(signal));
    checkSettings(name, settings, config, ctx.log);
    // Pub/Sub's least, where it does not tell.
    this.leaseMs = (settings?.ackDeadlineSeconds ?? 10) * 1_000;
    if (ctx.start.ignoreStored) await this.seek(subscription, ctx.start.point);
    const { leases, attempts } = this;
    this.subscription = subscription;
    this.settler = new Settler({ subscription, leases, attempts, ctx, config });
  }

  private async seek(subscription: Subscription, point: StartPoint): Promise<void> {
    const { ctx } = this;
    const time = point.at === 'time' ? point.time : point.at === 'latest' ? ctx.clock.now() : 0;
    const where = point.at === 'time' ? new Date(time).toISOString() : `its ${point.at}`;
    if (ctx.dryRun) {
      ctx.log.warn(`a dry run does not seek ${subscription.name} to ${where}: it shows what is there now`);
      return;
    }
    await ctx.reach(`seek ${subscription.name}`, (signal) => subscription.seek(time, signal));
    ctx.log.info(`${subscription.name} was sought to ${where}, for all of its consumers`);
  }

  async *read(signal: AbortSignal): AsyncIterable<Batch> {
    const { subscription, ctx, config, inbox } = this;
    if (subscription === undefined || signal.aborted) return;
    const puller = new Puller(
      { subscription, ctx, options: { receivers: config.receivers, prefetch: config.prefetch } },
      (messages) => this.take(messages),
      (error) => inbox.fail(error),
    );
    this.puller = puller;
    const stop = (): void => {
      puller.stop();
      inbox.nudge();
    };
    signal.addEventListener('abort', stop, { once: true });
    puller.start();
    let emptyAnswers = 0;
    try {
      while (!signal.aborted) {
        inbox.check();
        if (ctx.dryRun && this.sequence >= MOST_IN_DRY_RUN) {
          ctx.log.info(`a dry run of pubsub ends after ${MOST_IN_DRY_RUN} messages, and gives them back`);
          yield* this.batches(puller, signal);
          return;
        }
        if (inbox.empty) await inbox.somethingOr(QUIET_MS, signal);
        if (signal.aborted) return;
        if (!inbox.empty) {
          emptyAnswers = 0;
          yield* this.batches(puller, signal);
          continue;
        }
        if (inbox.failed || (await this.probe(puller, signal))) continue;
        emptyAnswers += 1;
        yield { deliveries: [] };
        if (ctx.untilCaughtUp && emptyAnswers >= EMPTY_ANSWERS && puller.resting && this.caughtUp) return;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      puller.stop();
    }
  }

  /** Nothing is in work, and nothing that failed is still to come back. A dry run gives everything back itself. */
  private get caughtUp(): boolean {
    if (this.ctx.dryRun) return true;
    const returned = this.settler?.returnedUntil ?? 0;
    const back = returned === 0 ? 0 : returned + COMES_BACK_MS;
    return this.leases.size === 0 && this.ctx.clock.monotonic() > back;
  }

  private take(messages: readonly PulledMessage[]): void {
    const now = this.ctx.clock.monotonic();
    const name = (this.subscription as Subscription).name;
    const deliveries = messages.map((message) => {
      const delivery = new PubSubDelivery(message, name, this.sequence, this.receivesOf(message));
      this.sequence += 1;
      this.leases.add(delivery, now, this.leaseMs);
      return delivery;
    });
    this.inbox.put(deliveries);
  }

  /** Undefined: not to be given back. What has an order is tried again in place, or those behind it would overtake. */
  private receivesOf({ orderingKey, deliveryAttempt, messageId }: PulledMessage): number | undefined {
    if (orderingKey !== undefined) return undefined;
    return deliveryAttempt ?? this.attempts.of(messageId) + 1;
  }

  private *batches(puller: Puller, signal: AbortSignal): Iterable<Batch> {
    while (!this.inbox.empty && !signal.aborted) {
      const deliveries = this.inbox.take();
      let bytes = 0;
      for (const { message } of deliveries) bytes += message.data.length;
      puller.took(deliveries.length, bytes);
      yield { deliveries };
    }
  }

  /** True: there is something after all, or it could not be told. */
  private async probe(puller: Puller, signal: AbortSignal): Promise<boolean> {
    let answer: boolean | undefined;
    const asked = puller.probe().then(
      (found) => {
        answer = found;
      },
      (error: unknown) => {
        if (!signal.aborted) this.inbox.fail(error);
        answer = true;
      },
    );
    // Messages that a waiting pull brings meanwhile need not wait for the answer.
    await Promise.race([asked, this.inbox.somethingOr(undefined, signal)]);
    return answer ?? true;
  }

  private tellHidden(pulls: number): void {
    if (pulls === 0) return;
    this.ctx.log.info(
      'stopped while pulls were waiting: a message that Pub/Sub had just put into one of them comes again after ' +
        'its deadline',
      { pulls },
    );
  }

  async settle(done: readonly Settled[]): Promise<void> {
    await this.settler?.settle(done);
  }

  async extend(_: readonly Delivery[]): Promise<void> {
    await this.settler?.extend();
  }

  partitions(): readonly string[] {
    return this.subscription === undefined ? [] : [this.subscription.name];
  }

  close(): Promise<void> {
    this.closed ??= this.closeOnce();
    return this.closed;
  }

  private async closeOnce(): Promise<void> {
    const { puller } = this;
    puller?.stop();
    this.inbox.nudge();
    await puller?.stopped;
    this.tellHidden(puller?.underWay ?? 0);
    this.inbox.clear();
    try {
      await this.settler?.giveBack();
    } catch (error) {
      const open = this.leases.size;
      const why = withFullStop(messageOf(error));
      const what = `could not give messages back: ${why} They come again after their deadline`;
      if (!(error instanceof EvrunError) || error.code !== 'EVR_TIMEOUT') this.ctx.log.warn(what, { open });
      else this.ctx.log.info(what, { open });
    } finally {
      await this.client?.close();
    }
  }
}
