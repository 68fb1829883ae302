import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { systemClock } from '../../src/contract/clock.ts';
import type { SourceDefinition } from '../../src/contract/define.ts';
import type { Logger } from '../../src/contract/log.ts';
import type { Batch, Delivery, Source, SourceContext } from '../../src/contract/source.ts';
import type { Change, Store } from '../../src/contract/store.ts';

/** Keys and values in memory: what is in it outlives a source as a state folder outlives a process. */
export class MemoryStore implements Store {
  readonly values = new Map<string, unknown>();
  get(key: string): unknown {
    return this.values.get(key);
  }
  keys(prefix: string): string[] {
    return [...this.values.keys()].filter((key) => key.startsWith(prefix));
  }
  async write(changes: readonly Change[]): Promise<void> {
    for (const { key, value } of changes) {
      if (value === undefined) this.values.delete(key);
      else this.values.set(key, JSON.parse(JSON.stringify(value)));
    }
  }
  scope(): Store {
    return this;
  }
}

export class Said implements Logger {
  readonly lines: string[] = [];
  enabled = () => true;
  error = (sentence: string) => void this.lines.push(sentence);
  warn = (sentence: string) => void this.lines.push(sentence);
  info = (sentence: string) => void this.lines.push(sentence);
  debug = () => {};
  with = () => this;
}

export function contextOf(changes: Partial<SourceContext> = {}): SourceContext {
  return {
    pipeline: 'test',
    recipeDir: '.',
    log: new Said(),
    clock: systemClock,
    store: new MemoryStore(),
    dryRun: false,
    report: { unreachable: () => {}, reachable: () => {} },
    start: { point: { at: 'earliest' }, ignoreStored: false },
    untilCaughtUp: false,
    signal: new AbortController().signal,
    maxBatch: { events: 10_000, bytes: 64 * 1024 * 1024 },
    reach: (_what, operation) => operation(new AbortController().signal),
    revoke: async () => {},
    ...changes,
  };
}

/** Reads one source as the engine does: one batch at a time, nothing before it is asked for. */
export class Reading {
  readonly source: Source;
  readonly deliveries: Delivery[] = [];
  dropped = 0;
  private readonly stop = new AbortController();
  private readonly batches: AsyncIterator<Batch>;

  private constructor(source: Source) {
    this.source = source;
    this.batches = source.read(this.stop.signal)[Symbol.asyncIterator]();
  }

  static async of(definition: SourceDefinition, config: object, ctx: SourceContext): Promise<Reading> {
    const source = definition.create(withDefaults(definition, config), ctx);
    open.push(source);
    await source.open();
    return new Reading(source);
  }

  async batch(): Promise<Batch | undefined> {
    const { value, done } = await this.batches.next();
    if (done === true) return undefined;
    const batch = value as Batch;
    this.deliveries.push(...batch.deliveries);
    for (const { dropped } of batch.passed ?? []) this.dropped += dropped;
    return batch;
  }

  /** All values to the end. */
  async all(): Promise<unknown[]> {
    while ((await this.batch()) !== undefined);
    return this.values();
  }

  /** Reads until there are `count` values. */
  async some(count: number): Promise<unknown[]> {
    while (this.deliveries.length < count && (await this.batch()) !== undefined);
    return this.values();
  }

  /** Reads until the source has nothing new. */
  async idle(): Promise<unknown[]> {
    for (let batch = await this.batch(); batch !== undefined; batch = await this.batch()) {
      if (batch.deliveries.length === 0 && batch.passed === undefined) break;
    }
    return this.values();
  }

  values(): unknown[] {
    return this.deliveries.map(({ record }) => record.value);
  }

  /** Commits as if the first `count` deliveries were done. */
  async commit(count = this.deliveries.length): Promise<void> {
    const last = new Map<string, Delivery>();
    for (const delivery of this.deliveries.slice(0, count)) last.set(delivery.position.partition, delivery);
    await this.source.commit?.(
      [...last.values()].map(({ position: { partition, epoch, next } }) => ({
        partition,
        epoch,
        next,
        doneBeyond: [],
      })),
    );
  }

  abort(): void {
    this.stop.abort();
  }

  /** As when the pipeline stops. */
  async end(): Promise<void> {
    this.stop.abort();
    await this.batches.return?.();
    await this.source.close();
  }
}

export function withDefaults(definition: SourceDefinition, config: object): Record<string, unknown> {
  const defaults = Object.entries(definition.schema.properties).flatMap(([name, option]) =>
    'default' in option ? [[name, option.default]] : [],
  );
  return { ...Object.fromEntries(defaults), ...config };
}

const open: Source[] = [];
const folders: string[] = [];

export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'evrun-source-'));
  folders.push(path);
  return path;
}

afterEach(async () => {
  for (const source of open.splice(0)) await source.close();
  for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true });
});
