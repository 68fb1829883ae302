import type { Batch } from '../../contract/source.ts';
import type { Portion, Portions } from './portions.ts';

/** While a fetch is in work the next one is under way, and no more. */
const MOST_RECORDS = 8_000;
const MOST_BYTES = 4 * 1024 * 1024;

interface Waiting {
  readonly portions: Portions;
  readonly records: number;
  readonly bytes: number;
}

/** What was fetched and not yet handed to the engine. */
export class Inbox {
  private queue: Waiting[] = [];
  private records = 0;
  private bytes = 0;
  private handed: Portion | undefined;
  private idle = false;
  private wakeReader: (() => void) | undefined;
  private readonly waitingForRoom: (() => void)[] = [];

  get full(): boolean {
    return this.records >= MOST_RECORDS || this.bytes >= MOST_BYTES;
  }

  get empty(): boolean {
    return this.queue.length === 0;
  }

  put(portions: Portions, records: number, bytes: number): void {
    this.queue.push({ portions, records, bytes });
    this.records += records;
    this.bytes += bytes;
    this.idle = false;
    this.nudgeReader();
  }

  /** The source was asked and has nothing: the engine is told once for each time. */
  nothingNew(): void {
    if (!this.empty) return;
    this.idle = true;
    this.nudgeReader();
  }

  /** The next portion, or an empty batch; undefined = nothing now, see `something`. */
  take(): Batch | undefined {
    this.handed = undefined;
    for (let first = this.queue[0]; first !== undefined; first = this.queue[0]) {
      const portion = first.portions.next();
      if (portion !== undefined) {
        this.handed = portion;
        return portion;
      }
      this.queue.shift();
      this.records -= first.records;
      this.bytes -= first.bytes;
      if (!this.full) this.wake();
    }
    if (!this.idle) return undefined;
    this.idle = false;
    return { deliveries: [] };
  }

  /** Resolves when `take` may have something, or at `nudgeReader`. */
  something(): Promise<void> {
    return new Promise((resolve) => {
      this.wakeReader = resolve;
    });
  }

  nudgeReader(): void {
    const wake = this.wakeReader;
    this.wakeReader = undefined;
    wake?.();
  }

  /** Resolves when there may be room, or at `wake`. */
  room(): Promise<void> {
    return new Promise((resolve) => this.waitingForRoom.push(resolve));
  }

  wake(): void {
    for (const wake of this.waitingForRoom.splice(0)) wake();
  }

  /** Every partition is lost. Takes back what the engine has not begun with: it is fetched again. */
  clear(): void {
    this.queue = [];
    this.records = 0;
    this.bytes = 0;
    this.idle = false;
    this.handed?.deliveries.splice(0);
    this.handed?.passed.splice(0);
    this.handed = undefined;
    this.wake();
  }
}
