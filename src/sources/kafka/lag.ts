import type { Lag } from '../../contract/source.ts';
import { within } from '../../support/kafka/within.ts';
import type { Held } from './held.ts';
import type { Member } from './member.ts';

const FRESH_MS = 1_000;
const PATIENCE_MS = 2_000;

/** How far the group is behind, in the partitions of this process. Asked often: the cluster is asked once a second. */
export class LagMeter {
  private askedAt = Number.NEGATIVE_INFINITY;

  async measure(partitions: ReadonlyMap<string, Held>, member: Member | undefined): Promise<Lag> {
    if (
      member !== undefined &&
      !member.over &&
      !member.joining &&
      performance.now() - this.askedAt > FRESH_MS
    ) {
      this.askedAt = performance.now();
      await this.refresh(partitions, member);
    }
    const behind: Record<string, number> = {};
    let events = 0;
    for (const [name, { end, committed }] of partitions) {
      behind[name] = Math.max(0, end - committed);
      events += behind[name];
    }
    return { events, partitions: behind };
  }

  private async refresh(partitions: ReadonlyMap<string, Held>, member: Member): Promise<void> {
    const assignment = new Map<string, number[]>();
    for (const { origin } of partitions.values()) {
      assignment.set(origin.topic, [...(assignment.get(origin.topic) ?? []), origin.number]);
    }
    const ends = await within(PATIENCE_MS, member.offsets.ends(assignment));
    for (const [name, end] of ends ?? []) {
      const held = partitions.get(name);
      if (held !== undefined) held.end = Math.max(held.position, end);
    }
  }
}
