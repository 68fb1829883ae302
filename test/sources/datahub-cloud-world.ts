import { systemClock } from '../../src/contract/clock.ts';
import type { DatahubConnection } from '../../src/contract/context.ts';
import { Envelope } from '../../src/contract/envelope.ts';
import { EvrunError } from '../../src/contract/errors.ts';
import type { Logger } from '../../src/contract/log.ts';
import type { Prefilter } from '../../src/contract/prefilter.ts';
import type { Batch, Delivery, Progress, Source, SourceContext, Start } from '../../src/contract/source.ts';
import type { Change, Store } from '../../src/contract/store.ts';
import formatDefinition from '../../src/formats/datahub/index.ts';
import definition from '../../src/sources/datahub-cloud/index.ts';
import { entityChange } from '../fakes/poll-api/events.mjs';
import { type PollApi, type PollApiOptions, startPollApi } from '../fakes/poll-api/server.mjs';

export const PLATFORM = 'PlatformEvent_v1';
export const VERSIONED = 'MetadataChangeLog_Versioned_v1';
export const EARLIEST: Start = { point: { at: 'earliest' }, ignoreStored: false };
export const LATEST: Start = { point: { at: 'latest' }, ignoreStored: false };

const format = formatDefinition.create({ shape: 'auto' } as never);

export interface RunSettings {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly start?: Start;
  readonly pipeline?: string;
  readonly prefilter?: Prefilter;
  readonly untilCaughtUp?: boolean;
  readonly datahub?: Partial<DatahubConnection>;
  readonly maxBatch?: { readonly events: number; readonly bytes: number };
}

/** A DataHub of one's own, and the state folder of one machine. */
export class World {
  readonly api: PollApi;
  readonly warnings: string[] = [];
  state = new Map<string, unknown>();
  private readonly runs: Run[] = [];

  private constructor(api: PollApi) {
    this.api = api;
  }

  static async start(options: PollApiOptions = {}): Promise<World> {
    return new World(await startPollApi(options));
  }

  /** Puts entity change events that are told apart by these numbers. */
  put(numbers: readonly number[]): void {
    this.api.put(
      PLATFORM,
      numbers.map((n) => entityChange(n)),
    );
  }

  /** A source that is open. */
  async run(settings: RunSettings = {}): Promise<Run> {
    const run = new Run(this, settings);
    this.runs.push(run);
    await run.source.open();
    return run;
  }

  /** Where DataHub says that a consumer is: the number of the next event. */
  remote(urn: string, topic = PLATFORM): number | undefined {
    const blob = this.api.aspects.get(urn)?.value.blob;
    if (blob === undefined) return undefined;
    return this.api.log.readOffset(topic, (JSON.parse(blob) as { offset_id: string }).offset_id);
  }

  async stop(): Promise<void> {
    for (const run of this.runs) await run.stop().catch(() => undefined);
    await this.api.close();
  }
}

/** One life of the source, in a process that may crash. */
export class Run {
  readonly source: Source;
  readonly outages: EvrunError[] = [];
  readonly deliveries: Delivery[] = [];
  passed = 0;
  private readonly stopping = new AbortController();
  private readonly batches: AsyncIterator<Batch>;
  private alive = true;

  constructor(world: World, settings: RunSettings) {
    const { config = {}, start = EARLIEST, pipeline = 'test-pipeline', untilCaughtUp = false } = settings;
    const log: Logger = {
      enabled: () => true,
      error: () => undefined,
      warn: (sentence) => world.warnings.push(sentence),
      info: () => undefined,
      debug: () => undefined,
      with: () => log,
    };
    const store: Store = {
      get: (key) => world.state.get(key),
      keys: (prefix) => [...world.state.keys()].filter((key) => key.startsWith(prefix)),
      write: async (changes: readonly Change[]) => {
        if (!this.alive) return;
        for (const { key, value } of changes) world.state.set(key, JSON.parse(JSON.stringify(value)));
      },
      scope: () => store,
    };
    const ctx: SourceContext = {
      pipeline,
      recipeDir: '.',
      log,
      clock: systemClock,
      store,
      datahub: { server: world.api.url, ...settings.datahub },
      dryRun: false,
      report: { unreachable: () => undefined, reachable: () => undefined },
      start,
      untilCaughtUp,
      prefilter: settings.prefilter,
      signal: this.stopping.signal,
      maxBatch: settings.maxBatch ?? { events: 10_000, bytes: 64 << 20 },
      reach: (_, operation) => this.reach(operation),
      revoke: async () => undefined,
    };
    this.source = definition.create({ page_size: 5000, ...config } as never, ctx);
    this.batches = this.source.read(this.stopping.signal)[Symbol.asyncIterator]();
  }

  private async reach<T>(operation: (signal: AbortSignal) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await operation(this.stopping.signal);
      } catch (error) {
        if (this.stopping.signal.aborted || !(error instanceof EvrunError) || error.retry !== 'later')
          throw error;
        this.outages.push(error);
        await systemClock.sleep(2, this.stopping.signal);
      }
    }
  }

  async next(): Promise<Batch | undefined> {
    const { value, done } = await this.batches.next();
    if (done === true) return undefined;
    const batch: Batch = value;
    this.deliveries.push(...batch.deliveries);
    for (const { dropped } of batch.passed ?? []) this.passed += dropped;
    return batch;
  }

  /** Reads until `count` deliveries have come in all. */
  async read(count: number): Promise<readonly number[]> {
    while (this.deliveries.length < count) {
      if ((await this.next()) === undefined) break;
    }
    return this.numbers;
  }

  /** Numbers of everything there is, until the source says that there is nothing new. */
  async readAll(): Promise<readonly number[]> {
    await this.readEvents();
    return this.numbers;
  }

  /** Reads until the source says that there is nothing new. */
  async readEvents(): Promise<readonly Delivery[]> {
    for (;;) {
      const batch = await this.next();
      if (batch === undefined || isEmpty(batch)) return this.deliveries;
    }
  }

  get numbers(): readonly number[] {
    return this.deliveries.map(numberOf);
  }

  /** Commits that everything before the `next`-th event of a topic is finished, and these numbers beyond. */
  async commit(next: number, beyond: readonly number[] = [], partition = PLATFORM): Promise<void> {
    const doneBeyond = beyond.map((offset) => ({ from: offset, to: offset + 1, offsets: [offset] }));
    const progress: Progress = { partition, epoch: 0, next, doneBeyond };
    await this.source.commit?.([progress]);
  }

  /** Ends as the engine does at a stop. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.source.close();
    await this.batches.return?.();
  }

  /** The process is gone: nothing that it does from now on is stored anywhere. */
  async crash(world: World): Promise<void> {
    this.alive = false;
    const fault = { kind: 'save', status: 500 } as const;
    world.api.faults.unshift(fault);
    await this.stop();
    world.api.faults.splice(world.api.faults.indexOf(fault), 1);
  }
}

/** "Asked, nothing new". */
export function isEmpty({ deliveries, passed }: Batch): boolean {
  return deliveries.length === 0 && passed === undefined;
}

export function eventOf(delivery: Delivery): Envelope {
  const event = format.decode(delivery.record);
  if (!(event instanceof Envelope)) throw new Error(`ignored: ${JSON.stringify(event)}`);
  event.origin = delivery;
  return event;
}

/** The number of an event that `World.put` made. */
export function numberOf(delivery: Delivery): number {
  return (eventOf(delivery).data as { parameters: { n: number } }).parameters.n;
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
