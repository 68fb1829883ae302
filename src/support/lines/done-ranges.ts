import type { Progress } from '../../contract/source.ts';

/** Half-open ranges of numeric offsets, ascending and apart. */
export type Ranges = readonly (readonly [from: number, to: number])[];

const MOST_RANGES = 10_000;

/**
 * What was finished out of order, for sources that count: kept with the position, so that after a crash only
 * unfinished records repeat. What lies farthest is forgotten when there is too much: it repeats, nothing is lost.
 */
export function doneRanges(progress: Progress, before: Ranges): Ranges {
  const next = progress.next as number;
  const all = progress.doneBeyond.map(({ from, to }) => [from as number, to as number] as const);
  for (const [from, to] of before) if (to > next) all.push([Math.max(from, next), to]);
  all.sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of all) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged.slice(0, MOST_RANGES);
}

/** Asked with growing offsets, whether each lies in one of the ranges; undefined = none does. */
export function rangeTest(ranges: Ranges): ((offset: number) => boolean) | undefined {
  if (ranges.length === 0) return undefined;
  let at = 0;
  return (offset) => {
    while (at < ranges.length && ((ranges[at] as readonly number[])[1] as number) <= offset) at += 1;
    return at < ranges.length && ((ranges[at] as readonly number[])[0] as number) <= offset;
  };
}

/** Ranges as they were stored; anything else counts as none. */
export function rangesFrom(value: unknown): Ranges {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (range): range is [number, number] =>
      Array.isArray(range) && Number.isSafeInteger(range[0]) && Number.isSafeInteger(range[1]),
  );
}
