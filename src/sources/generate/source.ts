import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Meta } from '../../contract/event.ts';
import type {
  Batch,
  Delivery,
  Lag,
  Position,
  Progress,
  Source,
  SourceContext,
  SourceRecord,
} from '../../contract/source.ts';
import { doneRanges, type Ranges, rangesFrom, rangeTest } from '../../support/lines/done-ranges.ts';
import { compileTemplate } from './template.ts';

export interface GenerateConfig {
  readonly count: number;
  readonly rate: number;
  readonly template: unknown;
}

const KEY = 'position';
const PARTITION = 'generate';
const MOST_PER_BATCH = 1024;
/** What was not taken in time is made up for, but not more than this. */
const MOST_BEHIND_MS = 1000;
const TICK_MS = 10;

/** Numbers from 1 on, each written into the template. The position is the next number. */
export class GenerateSource implements Source {
  private readonly ctx: SourceContext;
  private readonly last: number;
  private readonly rate: number;
  private readonly textOf: (n: number) => string;
  private next = 1;
  private done: Ranges = [];

  constructor({ count, rate, template }: GenerateConfig, ctx: SourceContext) {
    this.ctx = ctx;
    this.last = count === 0 ? Number.MAX_SAFE_INTEGER : count;
    this.rate = rate;
    this.textOf = compileTemplate(template);
  }

  async open(): Promise<void> {
    const { start, store } = this.ctx;
    if (start.ignoreStored) await store.write([{ key: KEY, value: { next: 1, done: [] } }]);
    const stored = store.get(KEY) as { next?: unknown; done?: unknown } | undefined;
    if (Number.isSafeInteger(stored?.next)) this.next = stored?.next as number;
    this.done = rangesFrom(stored?.done);
  }

  async *read(signal: AbortSignal): AsyncGenerator<Batch> {
    const { clock, maxBatch } = this.ctx;
    const most = Math.min(MOST_PER_BATCH, Math.max(1, maxBatch.events));
    const isDone = rangeTest(this.done);
    let n = this.next;
    let from = n;
    let since = clock.monotonic();
    while (n <= this.last) {
      // Timers and signals must get their turn: nothing else here waits for anything.
      await nextTurn();
      if (signal.aborted) return;
      let room = Math.min(most, this.last - n + 1);
      if (this.rate > 0) {
        const now = clock.monotonic();
        if (now - since > MOST_BEHIND_MS + ((n - from) * 1000) / this.rate) {
          since = now - MOST_BEHIND_MS;
          from = n;
        }
        const due = Math.floor(((now - since) * this.rate) / 1000) + 1 - (n - from);
        if (due <= 0) {
          const waitMs = ((n - from) * 1000) / this.rate - (now - since);
          await clock.sleep(Math.max(TICK_MS, waitMs), signal);
          continue;
        }
        room = Math.min(room, due);
      }
      const deliveries: Delivery[] = [];
      let bytes = 0;
      for (const end = n + room; n < end && bytes < maxBatch.bytes; n += 1) {
        if (isDone?.(n)) continue;
        const made = new Generated(n, this.textOf(n));
        bytes += made.bytes;
        deliveries.push(made);
      }
      if (deliveries.length > 0) yield { deliveries };
    }
  }

  async commit(progress: readonly Progress[]): Promise<void> {
    for (const one of progress) {
      this.done = doneRanges(one, this.done);
      this.next = one.next as number;
    }
    await this.ctx.store.write([{ key: KEY, value: { next: this.next, done: this.done } }]);
  }

  async lag(): Promise<Lag> {
    return this.last === Number.MAX_SAFE_INTEGER ? {} : { events: Math.max(0, this.last + 1 - this.next) };
  }

  async close(): Promise<void> {}
}

class Generated implements Delivery, Position, SourceRecord {
  readonly offset: number;
  readonly value: string;

  constructor(offset: number, value: string) {
    this.offset = offset;
    this.value = value;
  }

  get position(): Position {
    return this;
  }

  get record(): SourceRecord {
    return this;
  }

  get partition(): string {
    return PARTITION;
  }

  get epoch(): number {
    return 0;
  }

  get next(): number {
    return this.offset + 1;
  }

  get source(): string {
    return '/evrun/generate';
  }

  get meta(): Meta {
    return { generate: { n: this.offset } };
  }

  get bytes(): number {
    return this.value.length;
  }
}
