import type { Progress } from '../../contract/source.ts';
import { doneRanges, type Ranges, rangeTest } from '../../support/lines/done-ranges.ts';
import type { Origin } from './delivery.ts';
import { writeDoneSet } from './done-set.ts';
import type { Fetched, OffsetToCommit } from './membership.ts';
import type { Beginning } from './start.ts';

/** A partition while it is assigned: where its fetches are, and what was committed of it. */
export class Held {
  readonly origin: Origin;
  /** Finished before this assignment, beyond the committed offset. */
  private readonly done: Ranges;
  /** Whether an offset is one of them; asked with growing offsets. */
  readonly isDone: ((offset: number) => boolean) | undefined;
  /** Where the next fetch begins. */
  position: number;
  /** The offset behind the newest record, as far as known. */
  end: number;
  committed: number;
  private readonly foreign: string | null;

  constructor(origin: Origin, { offset, done, foreign }: Beginning, end: number) {
    this.origin = origin;
    this.done = done;
    this.isDone = rangeTest(done);
    this.foreign = foreign;
    this.position = offset;
    this.committed = offset;
    this.end = end;
  }

  follows({ from }: Fetched): boolean {
    return from === this.position;
  }

  take({ next, end }: Fetched): void {
    this.position = next;
    this.end = end;
  }

  /** Undefined where it would go back, which a broker accepts. `withSet`: what was finished beyond is kept too. */
  toCommit(progress: Progress, withSet: boolean): OffsetToCommit | undefined {
    const offset = Number(progress.next);
    if (progress.epoch !== this.origin.epoch || offset < this.committed) return undefined;
    const set = withSet ? writeDoneSet(offset, doneRanges(progress, this.done)) : null;
    const { topic, number: partition } = this.origin;
    return { topic, partition, offset, metadata: this.foreign ?? set };
  }
}
