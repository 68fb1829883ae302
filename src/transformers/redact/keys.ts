import type { Change } from '../../support/events/path-change.ts';

/** Deeper than any real event; what is below is redacted as a whole rather than overlooked. */
const DEEPEST = 200;

/** `value` with `redact` applied to everything under one of `keys` (lower case), at any depth. Copies what changes
 *  and returns `value` itself where nothing does. */
export function redactKeys(value: unknown, keys: ReadonlySet<string>, redact: Change, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (depth > DEEPEST) return redact(value) ?? null;
  if (Array.isArray(value)) {
    let list: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      const element = redactKeys(value[i], keys, redact, depth + 1);
      if (element === value[i]) continue;
      list ??= value.slice();
      list[i] = element;
    }
    return list ?? value;
  }
  return redactMap(value as Readonly<Record<string, unknown>>, keys, redact, depth);
}

function redactMap(
  map: Readonly<Record<string, unknown>>,
  keys: ReadonlySet<string>,
  redact: Change,
  depth: number,
): Readonly<Record<string, unknown>> {
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(map)) {
    const before = map[key];
    const after = keys.has(key.toLowerCase()) ? redact(before) : redactKeys(before, keys, redact, depth + 1);
    if (after === before) continue;
    copy ??= { ...map };
    if (after === undefined) delete copy[key];
    else copy[key] = after;
  }
  return copy ?? map;
}
