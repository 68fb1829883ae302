import type { Held } from './held.ts';

const QUIET_MS = 3_000;
const QUIET_FETCHES = 4;

/**
 * `--until-caught-up`: whether everything that was there when a partition was first assigned has been handed over. At
 * its end a partition may hold offsets without records (compaction, a transaction that stays open): where fetches bring
 * nothing for a while, that is the end.
 */
export class CaughtUp {
  private readonly targets = new Map<string, number>();
  private vain = 0;
  private vainSince: number | undefined;
  private quiet = false;

  aim(partition: string, end: number): void {
    if (!this.targets.has(partition)) this.targets.set(partition, end);
    this.something();
  }

  something(): void {
    this.vain = 0;
    this.vainSince = undefined;
    this.quiet = false;
  }

  nothing(now: number): void {
    this.vain += 1;
    this.vainSince ??= now;
    this.quiet = this.vain >= QUIET_FETCHES && now - this.vainSince >= QUIET_MS;
  }

  reached(partitions: ReadonlyMap<string, Held>): boolean {
    if (this.quiet) return true;
    for (const [name, { position }] of partitions) {
      if (position < (this.targets.get(name) ?? 0)) return false;
    }
    return true;
  }
}
