/*
 * An offset id is opaque by contract. DataHub's server makes it of the next offset of each Kafka partition, so it
 * can be read, and reading it tells what no answer says: that events between two polls were no longer there.
 * An id that does not read so tells nothing, and nothing depends on it.
 */

/** The next offset per partition; undefined for an id of another make. */
export function readOffsetId(offsetId: string): ReadonlyMap<string, number> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(offsetId, 'base64').toString('utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value);
    if (!entries.every(([, next]) => Number.isSafeInteger(next) && next >= 0)) return undefined;
    return new Map(entries as [string, number][]);
  } catch {
    return undefined;
  }
}

/**
 * How many events lie between two ids beyond the `count` that came: above 0, they had expired before they were
 * read; below 0, the topic begins anew. Undefined where the ids do not tell.
 */
export function missingBetween(before: string, after: string, count: number): number | undefined {
  const from = readOffsetId(before);
  const to = readOffsetId(after);
  if (from === undefined || to === undefined) return undefined;
  let moved = 0;
  for (const [partition, next] of to) {
    const start = from.get(partition);
    if (start === undefined) continue;
    if (next < start) return next - start;
    moved += next - start;
  }
  return moved - count;
}
