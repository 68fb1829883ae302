import type { Event } from '../../contract/event.ts';
import { identityHash } from '../../contract/identity.ts';
import type { Passage } from '../../contract/transformer.ts';
import type { DoneKeys } from '../../support/dedupe/done-keys.ts';
import { HIGHEST_RANK, rankOf } from '../../support/flyte/phases.ts';
import { entityKey, flyteOf } from '../../support/flyte/record.ts';

/**
 * Flyte sends the phases of one execution in any order. This tells which come too late: a later phase of the same
 * entity was done. Each rank that an entity reached is a key of its own among the keys that are done, so that it is
 * stored, forgotten and counted as they are. What is still in work does not count: it may fail, and then the earlier
 * phase would be lost as well.
 */
export class PhaseOrder {
  private readonly done: DoneKeys;

  constructor(done: DoneKeys) {
    this.done = done;
  }

  isLate(event: Event): boolean {
    const place = placeOf(event);
    if (place === undefined) return false;
    for (let rank = place.rank + 1; rank <= HIGHEST_RANK; rank += 1) {
      if (this.done.has(rankKey(place.entity, rank))) return true;
    }
    return false;
  }

  /** Remembers the phase once the event is done. */
  follow(event: Event, passage: Passage | undefined): void {
    const place = placeOf(event);
    if (place === undefined) return;
    passage?.onEnding((ending) => {
      if (ending === 'acted' || ending === 'dropped') this.done.add(rankKey(place.entity, place.rank));
    });
  }
}

/** Undefined for what has no place in an order: other events, and phases that have no name yet. */
function placeOf(event: Event): { entity: readonly (string | number)[]; rank: number } | undefined {
  const record = flyteOf(event);
  if (record?.entity === undefined) return undefined;
  const entity = entityKey(record);
  const rank = rankOf(record.entity, record.phase);
  return entity === undefined || rank === undefined ? undefined : { entity, rank };
}

function rankKey(entity: readonly (string | number)[], rank: number): string {
  return identityHash(JSON.stringify(['rank', rank, ...entity]));
}
