import type { Delivery, Offset, OffsetRange, Progress } from '../contract/source.ts';
import type { Window } from './window.ts';

/**
 * Deliveries finish in any order, commits must not: committing 7 while 6 runs loses 6 if the process dies.
 * A frontier keeps one partition's deliveries of one epoch in the order of reading; its edge is the position
 * before which all are finished. It never goes back and never passes an unfinished delivery. (Invariant 3.)
 *
 * Deliveries that finish at once, as most do that a filter drops, cost no entry while nothing is open before
 * them, and share one ("span") otherwise.
 */
export class Frontier {
  readonly partition: string;
  readonly epoch: number;
  /** The partition is being taken away: nothing of it is begun any more. */
  leaving = false;
  /** The partition was taken away: outcomes that arrive now are stale. */
  revoked = false;
  private edge: Offset | undefined;
  private changed = false;
  private readonly window: Window;
  /** Those before `head` have left: what a long queue kept of them would outlive the garbage collector's young. */
  private queue: (Entry | undefined)[] = [];
  private head = 0;

  constructor(partition: string, epoch: number, window: Window) {
    this.partition = partition;
    this.epoch = epoch;
    this.window = window;
  }

  /** Nothing is open: what finishes now moves the edge at once. */
  get clear(): boolean {
    return this.head === this.queue.length;
  }

  /** A delivery whose work begins. */
  begin(delivery: Delivery): Entry {
    const entry = new Entry(delivery, this, delivery.position.next);
    this.queue.push(entry);
    entry.count = 1;
    entry.bytes = delivery.bytes;
    this.window.add(delivery.bytes);
    return entry;
  }

  /** A delivery that was finished as soon as it was read. */
  finishNow(delivery: Delivery): void {
    const { offset, next } = delivery.position;
    if (this.clear) {
      this.edge = next;
      this.changed = true;
      return;
    }
    const span = this.tailSpan(next);
    span.offsets.push(offset);
    span.count += 1;
    span.bytes += delivery.bytes;
    this.window.add(delivery.bytes);
    this.changed = true;
  }

  /** Nothing to do up to `next`. */
  pass(next: Offset): void {
    if (this.clear) this.edge = next;
    else this.tailSpan(next);
    this.changed = true;
  }

  finish(entry: Entry): void {
    entry.done = true;
    if (entry !== this.queue[this.head]) entry.letGo();
    this.changed = true;
    while (this.head < this.queue.length) {
      const first = this.queue[this.head] as Entry;
      if (!first.done) break;
      this.edge = first.next;
      this.window.release(first.count, first.bytes);
      this.queue[this.head] = undefined;
      this.head += 1;
    }
    if (this.clear) {
      this.queue = [];
      this.head = 0;
    } else if (this.head > 1024 && this.head * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
  }

  /** What moved since the last call; undefined = nothing that could be stored. */
  takeProgress(): Progress | undefined {
    if (!this.changed || this.revoked) return undefined;
    this.changed = false;
    const doneBeyond = this.doneBeyond();
    const next = this.edge ?? this.queue[this.head]?.delivery?.position.offset;
    if (next === undefined) return undefined;
    if (this.edge === undefined && doneBeyond.length === 0) return undefined;
    return { partition: this.partition, epoch: this.epoch, next, doneBeyond };
  }

  /** A commit of what `takeProgress` gave has failed: it must be offered again. */
  offerAgain(): void {
    this.changed = true;
  }

  /** The partition is gone: forgets what is open, and tells how many deliveries that is. */
  revoke(): number {
    this.leaving = true;
    this.revoked = true;
    let open = 0;
    for (let i = this.head; i < this.queue.length; i += 1) {
      const entry = this.queue[i] as Entry;
      if (!entry.done) open += 1;
      this.window.release(entry.count, entry.bytes);
    }
    this.queue = [];
    this.head = 0;
    return open;
  }

  /** Deliveries whose work has not ended. */
  *open(): Iterable<Delivery> {
    for (let i = this.head; i < this.queue.length; i += 1) {
      const entry = this.queue[i] as Entry;
      if (!entry.done && entry.delivery !== undefined) yield entry.delivery;
    }
  }

  private tailSpan(next: Offset): Entry {
    const tail = this.queue[this.queue.length - 1];
    if (tail?.done === true) {
      tail.next = next;
      return tail;
    }
    const span = new Entry(undefined, this, next);
    span.done = true;
    this.queue.push(span);
    return span;
  }

  private doneBeyond(): OffsetRange[] {
    const ranges: { from: Offset; to: Offset; offsets: Offset[] }[] = [];
    let range: { from: Offset; to: Offset; offsets: Offset[] } | undefined;
    for (let i = this.head; i < this.queue.length; i += 1) {
      const entry = this.queue[i] as Entry;
      if (!entry.done) {
        range = undefined;
        continue;
      }
      const { offsets } = entry;
      const from = offsets[0];
      if (range === undefined) {
        if (from === undefined) continue;
        range = { from, to: entry.next, offsets: [] };
        ranges.push(range);
      }
      for (const offset of offsets) range.offsets.push(offset);
      range.to = entry.next;
    }
    return ranges;
  }
}

const NO_OFFSETS: Offset[] = [];

/** A delivery in work, or (without one) a span of deliveries that were finished when they were read. */
export class Entry {
  delivery: Delivery | undefined;
  readonly frontier: Frontier;
  next: Offset;
  done = false;
  count = 0;
  bytes = 0;
  offsets: Offset[];

  constructor(delivery: Delivery | undefined, frontier: Frontier, next: Offset) {
    this.delivery = delivery;
    this.frontier = frontier;
    this.next = next;
    this.offsets = delivery === undefined ? [] : NO_OFFSETS;
  }

  /** Lets go of the record: one stuck lane may keep thousands that are finished from leaving. */
  letGo(): void {
    if (this.delivery !== undefined) this.offsets = [this.delivery.position.offset];
    this.delivery = undefined;
  }
}
