import { usableLiteral } from './prefilter.ts';

/** One of these must stand in a text, and of that one every string; `[[]]` = nothing is known. */
export type Alternatives = readonly (readonly string[])[];

export const NOTHING_KNOWN: Alternatives = [[]];
/** More than this cost more to search for than parsing does: the rest is left unsaid. */
export const MOST_ALTERNATIVES = 16;

/**
 * What stands in the JSON text of every value that satisfies a filter's pattern: its strings, however deep, also
 * inside JSON text in a JSON string, since escaping leaves them alone. Numbers, booleans and null have several
 * spellings, or none, and say nothing.
 */
export function stringsOf(pattern: unknown): Alternatives {
  if (typeof pattern === 'string') return oneOf([pattern]);
  if (typeof pattern !== 'object' || pattern === null) return NOTHING_KNOWN;
  if (Array.isArray(pattern)) return oneOf(pattern.filter((element) => typeof element === 'string'));
  return Object.values(pattern).map(stringsOf).reduce(both, NOTHING_KNOWN);
}

/** Any of the strings. */
export function oneOf(strings: readonly string[]): Alternatives {
  return strings.every(usableLiteral) ? strings.map((string) => [string]) : NOTHING_KNOWN;
}

export function both(some: Alternatives, others: Alternatives): Alternatives {
  if (some.length * others.length > MOST_ALTERNATIVES) return some;
  return some.flatMap((one) => others.map((other) => [...one, ...other]));
}
