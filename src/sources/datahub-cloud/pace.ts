/*
 * How many events to ask for at once. Large pages cost the fewest round trips; but a page has one offset, so it is
 * also what a crash may repeat, and it stands in memory as a whole. So a page should hold no more than 8 MB and no
 * more than 10 s of work. It begins in the middle and doubles while pages come back full.
 */

const FIRST_LIMIT = 1000;
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_WORK_MS = 10_000;

export class Pace {
  private readonly most: number;
  private grown: number;
  private byBytes = Number.POSITIVE_INFINITY;
  private byWork = Number.POSITIVE_INFINITY;

  constructor(most: number) {
    this.most = most;
    this.grown = Math.min(FIRST_LIMIT, most);
  }

  get limit(): number {
    return Math.max(1, Math.floor(Math.min(this.grown, this.byBytes, this.byWork)));
  }

  /** A page of `count` events came, in an answer of `bytes`, when `asked` were asked for. */
  arrived(count: number, bytes: number, asked: number): void {
    if (count === 0) return;
    this.byBytes = MOST_BYTES / (bytes / count);
    if (count >= asked) this.grown = Math.min(this.grown * 2, this.most);
  }

  /** An answer was too large to be taken. False: it was for one event. */
  tooLarge(asked: number): boolean {
    this.grown = Math.max(1, Math.floor(asked / 2));
    return asked > 1;
  }

  /** `count` events of a page were finished within `ms` of its being handed over. */
  worked(count: number, ms: number): void {
    if (ms > MOST_WORK_MS) this.byWork = Math.max(1, (count * MOST_WORK_MS) / ms);
    else if (ms < MOST_WORK_MS / 2) this.byWork *= 2;
  }
}
