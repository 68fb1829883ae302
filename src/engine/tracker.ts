import type { Delivery, Position, Progress } from '../contract/source.ts';
import { type Entry, Frontier } from './frontier.ts';
import type { Window } from './window.ts';

/** The frontiers of all partitions of one source. */
export class Tracker {
  /** Outcomes that came after their partition was taken away: dropped, never committed. */
  stale = 0;
  /** Deliveries that were not finished when their partition was taken away: they come again, maybe elsewhere. */
  revoked = 0;
  private readonly frontiers = new Map<string, Frontier>();
  /** Grows with every loss of partitions. */
  losses = 0;
  private readonly lostAt = new Map<string, number>();
  private readonly window: Window;
  private last: Frontier | undefined;

  constructor(window: Window) {
    this.window = window;
  }

  /** The frontier of a position; a newer epoch begins a new one and ends the older. */
  at(partition: string, epoch: number): Frontier {
    const last = this.last;
    if (last !== undefined && last.partition === partition && last.epoch === epoch) return last;
    let frontier = this.frontiers.get(partition);
    if (frontier === undefined || frontier.epoch !== epoch) {
      this.revoked += frontier?.revoke() ?? 0;
      frontier = new Frontier(partition, epoch, this.window);
      this.frontiers.set(partition, frontier);
    }
    this.last = frontier;
    return frontier;
  }

  begin(delivery: Delivery): Entry {
    const position: Position = delivery.position;
    return this.at(position.partition, position.epoch).begin(delivery);
  }

  /** False: the outcome is stale. */
  finish(entry: Entry): boolean {
    if (entry.frontier.revoked) {
      this.stale += 1;
      return false;
    }
    entry.frontier.finish(entry);
    return true;
  }

  /** What moved since the last call, per partition. */
  takeProgress(): Progress[] {
    const moved: Progress[] = [];
    for (const frontier of this.frontiers.values()) {
      const progress = frontier.takeProgress();
      if (progress !== undefined) moved.push(progress);
    }
    return moved;
  }

  /** The commit of `progress` failed: it is offered again with the next one. */
  offerAgain(progress: readonly Progress[]): void {
    for (const { partition, epoch } of progress) {
      const frontier = this.frontiers.get(partition);
      if (frontier?.epoch === epoch) frontier.offerAgain();
    }
  }

  /** Whether `partition` was taken away since `losses` was that number. */
  isLost(partition: string, since: number): boolean {
    return (this.lostAt.get(partition) ?? 0) > since;
  }

  /** From now on nothing of `partitions` is begun; what has begun may still end. */
  leave(partitions: readonly string[]): void {
    for (const partition of partitions) {
      const frontier = this.frontiers.get(partition);
      if (frontier !== undefined) frontier.leaving = true;
    }
  }

  revoke(partitions: readonly string[]): void {
    this.losses += 1;
    for (const partition of partitions) {
      this.lostAt.set(partition, this.losses);
      this.revoked += this.frontiers.get(partition)?.revoke() ?? 0;
      this.frontiers.delete(partition);
    }
    this.last = undefined;
  }

  *open(): Iterable<Delivery> {
    for (const frontier of this.frontiers.values()) yield* frontier.open();
  }
}
