import { setImmediate as immediate } from 'node:timers/promises';
import { EvrunError } from '../../contract/errors.ts';
import type { Batch, Lag, Passed, Progress, Source, SourceContext } from '../../contract/source.ts';
import { EventsApi } from './api.ts';
import { consumerIds } from './consumer.ts';
import { type CloudDelivery, isBaseless } from './page.ts';
import type { Answer } from './poller.ts';
import type { Taken } from './portions.ts';
import { Positions } from './positions.ts';
import { Topic } from './topic.ts';

export interface CloudOptions {
  readonly topics: readonly string[];
  readonly pageSize: number;
}

interface Fetched {
  readonly topic: Topic;
  readonly answer?: Answer;
  readonly error?: unknown;
}

/**
 * Polls every topic by itself, one page ahead: while the engine works on a page the next one of its topic is
 * fetched. A page becomes one batch, or several where the engine takes less at once. Changes to the state that the
 * pipeline itself keeps in DataHub are left out before the engine sees them: they are no activity, and storing a
 * position because of one would make the next.
 */
export class CloudSource implements Source {
  private readonly ctx: SourceContext;
  private readonly options: CloudOptions;
  private api: EventsApi | undefined;
  private positions: Positions | undefined;
  private topics: readonly Topic[] = [];
  private readonly closing = new AbortController();
  private closed: Promise<void> | undefined;
  private readonly fetching = new Set<Topic>();
  private readonly fetched: Fetched[] = [];
  private wake: () => void = () => {};
  /** Topics that had nothing since the last page that had something. */
  private readonly quiet = new Set<Topic>();

  constructor(options: CloudOptions, ctx: SourceContext) {
    this.options = options;
    this.ctx = ctx;
  }

  async open(): Promise<void> {
    const { ctx, options } = this;
    if (ctx.datahub === undefined) {
      throw new EvrunError(
        'EVR_RECIPE',
        'the source datahub-cloud needs the `datahub` block with server and token',
      );
    }
    const api = await EventsApi.open(ctx.datahub, options.topics.length, ctx.clock);
    this.api = api;
    const positions = new Positions(ctx, api);
    const load = (name: string) => positions.load(name, consumerIds(ctx.pipeline, name, options.topics));
    const begins = await Promise.all(options.topics.map(load));
    const parts = { ctx, api, ownUrns: positions.urns, pageSize: options.pageSize };
    this.topics = options.topics.map((name, i) => new Topic(name, begins[i], parts));
    await positions.begin(this.topics);
    this.positions = positions;
    for (const [i, name] of options.topics.entries()) this.sayWhere(name, begins[i]?.from);
  }

  private sayWhere(topic: string, from: string | undefined): void {
    const { point, lookbackDays } = this.ctx.start;
    const where =
      from !== undefined
        ? `at the position stored on ${from}`.replace('on DataHub', 'in DataHub')
        : lookbackDays !== undefined
          ? `${lookbackDays} days back`
          : point.at === 'time'
            ? `at ${new Date(point.time).toISOString()}`
            : `at the ${point.at === 'earliest' ? 'earliest event that is kept' : 'end: events from now on'}`;
    this.ctx.log.info(`${topic} begins ${where}`, { topic });
  }

  async *read(signal: AbortSignal): AsyncIterable<Batch> {
    const stop = (): void => {
      this.closing.abort();
      this.wake();
    };
    if (signal.aborted) return;
    signal.addEventListener('abort', stop, { once: true });
    try {
      while (!signal.aborted) {
        const { topic, answer, error } = await this.nextFetched(signal);
        if (signal.aborted) return;
        if (error !== undefined) throw error;
        if (topic === undefined || answer === undefined) continue;
        this.fetching.delete(topic);
        if (!this.ends && topic.foresees(answer)) this.fetch(topic);
        const taken = await topic.take(answer, this.closing.signal);
        if (isBaseless(taken.page)) await this.positions?.begin([topic]);
        if (signal.aborted) return;
        const { ends } = this;
        if (!ends) this.fetch(topic);
        for (const batch of this.batchesOf(topic, taken)) {
          yield batch;
          // Lets the next page come in meanwhile: its sender waits for as long as nobody empties the socket.
          await immediate();
        }
        if (ends && this.fetched.length === 0) return;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      this.closing.abort();
    }
  }

  /** What was there at the start has been read, and that is all that is wanted. */
  private get ends(): boolean {
    return this.ctx.untilCaughtUp && this.topics.every(({ caughtUp }) => caughtUp);
  }

  private *batchesOf(topic: Topic, { page, delivered, older, portions }: Taken): Iterable<Batch> {
    if (page.count === 0) {
      this.quiet.add(topic);
      if (this.quiet.size < this.topics.length) return;
      this.quiet.clear();
      this.positions?.saveSoon();
      yield { deliveries: [] };
      return;
    }
    this.quiet.clear();
    const dropped = page.count - delivered;
    const passed = [{ partition: topic.name, epoch: 0, next: page.end, dropped, older }];
    let left = delivered;
    for (const portion of portions) {
      left -= portion.length;
      yield* this.fitting(portion, left === 0 ? passed : undefined);
    }
  }

  /** One batch, or several where the engine takes fewer bytes at once. */
  private *fitting(deliveries: readonly CloudDelivery[], passed?: readonly Passed[]): Iterable<Batch> {
    let begin = 0;
    let bytes = 0;
    for (let i = 0; i + 1 < deliveries.length; i += 1) {
      bytes += deliveries[i]?.bytes ?? 0;
      if (bytes < this.ctx.maxBatch.bytes) continue;
      yield { deliveries: deliveries.slice(begin, i + 1) };
      begin = i + 1;
      bytes = 0;
    }
    const rest = begin === 0 ? deliveries : deliveries.slice(begin);
    yield passed === undefined ? { deliveries: rest } : { deliveries: rest, passed };
  }

  private async nextFetched(signal: AbortSignal): Promise<Partial<Fetched>> {
    for (const topic of this.topics) this.fetch(topic);
    if (this.fetched.length === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        if (signal.aborted) resolve();
      });
    }
    return this.fetched.shift() ?? {};
  }

  /** Begins to fetch the next page of `topic`, unless one is being fetched or waits to be taken. */
  private fetch(topic: Topic): void {
    if (this.closing.signal.aborted || this.fetching.has(topic)) return;
    this.fetching.add(topic);
    const settle = (fetched: Fetched): void => {
      this.fetched.push(fetched);
      this.wake();
    };
    topic.fetch(this.closing.signal).then(
      (answer) => settle({ topic, answer }),
      (error: unknown) => settle({ topic, error }),
    );
  }

  async commit(progress: readonly Progress[]): Promise<void> {
    const moved: Topic[] = [];
    for (const { partition, next, doneBeyond } of progress) {
      const topic = this.topics.find(({ name }) => name === partition);
      if (topic === undefined) continue;
      topic.moveTo(Number(next), doneBeyond);
      moved.push(topic);
    }
    await this.positions?.commit(moved, this.ctx.signal.aborted);
  }

  partitions(): readonly string[] {
    return this.options.topics;
  }

  /** DataHub does not say how far the end is; only that it has been reached. */
  async lag(): Promise<Lag> {
    return this.topics.length > 0 && this.topics.every(({ atEnd }) => atEnd) ? { events: 0 } : {};
  }

  close(): Promise<void> {
    this.closed ??= this.closeOnce();
    return this.closed;
  }

  private async closeOnce(): Promise<void> {
    this.closing.abort();
    this.wake();
    try {
      await this.positions?.close();
    } finally {
      await this.api?.close();
    }
  }
}
