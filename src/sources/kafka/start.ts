import type { StartPoint } from '../../contract/source.ts';
import type { Ranges } from '../../support/lines/done-ranges.ts';
import { isForeign, readDoneSet } from './done-set.ts';

/** What is known of a partition when it is assigned. */
export interface Known {
  /** The group's committed offset; negative = none; -2 = left behind by a client that found its offset gone. */
  readonly committed: number;
  readonly metadata: string | null;
  /** The first offset that is kept, and the one behind the last. */
  readonly low: number;
  readonly high: number;
  /** Where this process was in it when it last had it, if it had. */
  readonly before?: number | undefined;
  /** It was added to its topic after this group began to read it. */
  readonly added: boolean;
}

export interface Beginning {
  readonly offset: number;
  /** Finished before, beyond `offset`. */
  readonly done: Ranges;
  /** True: the group has no such offset stored yet. */
  readonly store: boolean;
  /** Another program's text beside the offset, to be kept. */
  readonly foreign: string | null;
  /** Where it begins, for the log: `at the committed offset`. */
  readonly where: string;
  /** A sentence about what cannot be read any more. */
  readonly gone?: string | undefined;
  /** How many records are gone. */
  readonly lost: number;
}

const EARLIEST = -2;

/**
 * Where a partition begins: at what the group has stored, else where the recipe says. A partition that was added
 * after the group began starts at its first record, or what was produced before it was noticed would be skipped. The
 * same holds where the topic was made anew.
 */
export function beginningOf(
  known: Known,
  point: StartPoint,
  atTime: number | undefined,
  reset: boolean,
): Beginning {
  const { committed, before, low } = known;
  if (reset) return fresh(known, point, atTime);
  if (committed >= 0) return resumed(known, committed);
  if (before !== undefined) return resumed(known, before);
  if (known.added || committed === EARLIEST) {
    return { ...NEW, offset: low, where: 'at its first record: it is new to the group' };
  }
  return fresh(known, point, atTime);
}

const NEW = { done: [] as Ranges, store: true, foreign: null, lost: 0 } as const;

function resumed(known: Known, offset: number): Beginning {
  const { low, high, metadata, committed } = known;
  const stored = offset === committed;
  const foreign = stored && isForeign(metadata) ? metadata : null;
  if (offset < low) {
    const gone = `the records from offset ${offset} up to ${low} are not kept any more and cannot be read: ${low - offset} of them`;
    return {
      ...NEW,
      offset: low,
      foreign,
      where: 'at the first record that is kept',
      gone,
      lost: low - offset,
    };
  }
  if (offset > high) {
    const gone =
      `the group stood at offset ${offset}, but there are only ${high}: the topic was made anew or cut off. ` +
      `What it held before cannot be read`;
    return { ...NEW, offset: low, foreign, where: 'at the first record that is kept', gone, lost: 0 };
  }
  const done = stored ? readDoneSet(offset, metadata) : [];
  return { offset, done, store: !stored, foreign, where: 'at the committed offset', lost: 0 };
}

function fresh({ low, high, metadata }: Known, point: StartPoint, atTime: number | undefined): Beginning {
  const foreign = isForeign(metadata) ? metadata : null;
  if (point.at === 'earliest')
    return { ...NEW, foreign, offset: low, where: 'at the first record that is kept' };
  if (point.at === 'latest')
    return { ...NEW, foreign, offset: high, where: 'at the end: records from now on' };
  const where = `at ${new Date(point.time).toISOString()}`;
  return { ...NEW, foreign, offset: Math.min(Math.max(atTime ?? high, low), high), where };
}
