/** What is known of a membership that listens. */
export interface Listener {
  /** performance.now() when the group, or a broker, last answered; -Infinity: not yet. */
  readonly heardAt: number;
  /** It waits for the group to share partitions out. */
  readonly joining: boolean;
  readonly over: boolean;
}

/** How often `tick` is to be called. */
export const TICK_MS = 1_000;
/** So many seconds without a word from the brokers: not ready; and then the membership is made anew. */
const SILENT = 15;
const DEAD = 30;

/**
 * How long nothing was heard of the brokers. Counted in ticks, not in time: while this process itself is busy, nothing
 * can be heard. Two counts: one goes on over all memberships, for one that is made anew has heard nothing yet; the other
 * is that of the present one, which may not be made anew again before it had its time.
 */
export class Silence {
  private silent = 0;
  private ofMember = 0;
  private member: Listener | undefined;

  /** The seconds that it has lasted, where that is too long; undefined = all is well. */
  get seconds(): number | undefined {
    return this.silent < SILENT ? undefined : this.silent;
  }

  /** The group was joined. */
  end(): void {
    this.silent = 0;
    this.ofMember = 0;
  }

  /**
   * True: the membership has been silent for so long that another one is to take its place. `rebalanceMs`: how long the
   * group may wait for its other members before it answers one that joins.
   */
  tick(member: Listener, rebalanceMs: number): boolean {
    if (member !== this.member) this.ofMember = 0;
    this.member = member;
    if (performance.now() - member.heardAt < 2 * TICK_MS) {
      this.end();
      return false;
    }
    this.silent += 1;
    this.ofMember += 1;
    const patience = member.joining ? rebalanceMs / 1000 + DEAD : DEAD;
    return !member.over && this.ofMember >= patience;
  }
}
