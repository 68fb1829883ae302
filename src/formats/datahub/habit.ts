/** After a line had to be parsed, so many are parsed at once before another is cut to see whether that is still so. */
const PARSED_IN_A_ROW = 64;

/**
 * Whether it pays to cut lines (see `cutLine`): it does until an event's data is asked for, or a line cannot be cut.
 * One for each format.
 */
export class Habit {
  private parsing = 0;

  /** Whether the next line is to be cut. Counts it. */
  cuts(): boolean {
    if (this.parsing === 0) return true;
    this.parsing -= 1;
    return false;
  }

  /** A line was cut for nothing. */
  inVain(): void {
    this.parsing = PARSED_IN_A_ROW;
  }
}
