import type { Offset, OffsetRange } from '../../contract/source.ts';
import type { Page } from './page.ts';

/*
 * Maps the engine's progress, which counts events, to DataHub's offsets, of which a page has one. While a page is
 * unfinished its `before` is the offset to store, and marks of those of its events that are finished are stored
 * beside it: after a crash only the others repeat. Marks name events by their value; an event leaves the marks once
 * for each time that it is read again, so two equal events are still two.
 */

/**
 * Of the pages that the engine has not committed yet. Behind a filter that drops nearly all there may be many, and of
 * the oldest ones most is finished: that the rest of them may repeat costs less than their memory.
 */
const MOST_KEPT_BYTES = 32 * 1024 * 1024;

export class Progress {
  /** Where reading resumes; undefined until the first page of a topic without a position is finished. */
  offset: string | undefined;
  private readonly pages: Page[] = [];
  private edge = 0;
  private beyond: ReadonlySet<Offset> = new Set();
  /** Marks of events that were finished in an earlier run and have not been read again yet. */
  private readonly earlier = new Map<string, number>();

  constructor(offset: string | undefined, earlierMarks: readonly string[]) {
    this.offset = offset;
    for (const mark of earlierMarks) this.earlier.set(mark, (this.earlier.get(mark) ?? 0) + 1);
  }

  /** True while events that come may have been finished in an earlier run. */
  get resuming(): boolean {
    return this.earlier.size > 0;
  }

  /** Whether an event was finished in an earlier run. True once for each time that it was. */
  takeEarlier(mark: string): boolean {
    const times = this.earlier.get(mark);
    if (times === undefined) return false;
    if (times === 1) this.earlier.delete(mark);
    else this.earlier.set(mark, times - 1);
    return true;
  }

  /** Everything that was there has been read again: marks that are left are of events that have expired. */
  forgetEarlier(): void {
    this.earlier.clear();
  }

  /** Gives the bytes of older pages, where too many are kept: their finished events are not marked any more. */
  add(page: Page): readonly Buffer[] {
    const last = this.pages.at(-1);
    if (page.count > 0) {
      this.pages.push(page);
    } else if (last !== undefined) {
      last.after = page.after;
      last.repeated.push(...page.repeated);
    } else {
      this.offset = page.after;
    }
    return this.letGo();
  }

  private letGo(): readonly Buffer[] {
    const gone: Buffer[] = [];
    let kept = 0;
    // The last one is being read.
    for (const [i, page] of this.pages.toReversed().entries()) {
      kept += page.size;
      if (i > 0 && kept > MOST_KEPT_BYTES) gone.push(...page.letGo());
    }
    return gone;
  }

  /** Everything before number `next`, and what is in `doneBeyond`, is finished. Gives the pages that became so. */
  moveTo(next: number, doneBeyond: readonly OffsetRange[]): readonly Page[] {
    this.edge = next;
    this.beyond = new Set(doneBeyond.flatMap((range) => range.offsets));
    const finished: Page[] = [];
    for (let page = this.pages[0]; page !== undefined; page = this.pages[0]) {
      if (next < page.end) break;
      this.offset = page.after;
      finished.push(page);
      this.pages.shift();
    }
    return finished;
  }

  /** The page in work, and how many of its events are finished. */
  inWork(): { readonly page: Page; readonly finished: number } | undefined {
    const page = this.pages[0];
    return page === undefined ? undefined : { page, finished: Math.max(0, this.edge - page.origin.first) };
  }

  /**
   * Marks of the events beyond `offset` that are finished. Making one costs a hash, so at most `budget` new ones are
   * made: a mark that is missing lets its event repeat, and nothing else.
   */
  marks(budget: number): { readonly marks: readonly string[]; readonly made: number } {
    const marks: string[] = [];
    for (const [mark, times] of this.earlier) for (let i = 0; i < times; i += 1) marks.push(mark);
    const isDone = (number: number): boolean => number < this.edge || this.beyond.has(number);
    let made = 0;
    for (const page of this.pages) {
      const ofPage = page.marks(isDone, budget - made);
      marks.push(...ofPage.marks);
      made += ofPage.made;
    }
    return { marks, made };
  }
}
