import type { CompiledFilter, FilterPattern, Literals } from '../../contract/prefilter.ts';
import { usableLiteral } from '../../support/lines/prefilter.ts';

type Alternatives = readonly (readonly string[])[];

const NOTHING_KNOWN: Alternatives = [[]];
/** More than this cost more to search for than parsing does: the rest is left unsaid. */
const MOST_ALTERNATIVES = 16;

/**
 * What stands in the text of every CloudEvent that passes `filter`: its `type`, and the strings that the pattern
 * asks of its data, wherever they are. Numbers, booleans and null have several spellings and say nothing.
 * Data in base64 is bytes, which satisfy no pattern.
 */
export function literalsOf(filter: CompiledFilter): Literals | undefined {
  const all = filter.flatMap((pattern) => alternativesOf(pattern));
  return all.some((strings) => strings.length === 0) || all.length > MOST_ALTERNATIVES ? undefined : all;
}

function alternativesOf({ types, event }: FilterPattern): Alternatives {
  const ofType = types === undefined ? NOTHING_KNOWN : oneOf(types);
  return event === undefined ? ofType : both(ofType, ofPattern(event));
}

function ofPattern(pattern: unknown): Alternatives {
  if (typeof pattern === 'string') return oneOf([pattern]);
  if (typeof pattern !== 'object' || pattern === null) return NOTHING_KNOWN;
  if (Array.isArray(pattern)) return oneOf(pattern.filter((element) => typeof element === 'string'));
  return Object.values(pattern).map(ofPattern).reduce(both, NOTHING_KNOWN);
}

function oneOf(strings: readonly string[]): Alternatives {
  return strings.every(usableLiteral) ? strings.map((string) => [string]) : NOTHING_KNOWN;
}

function both(some: Alternatives, others: Alternatives): Alternatives {
  if (some.length * others.length > MOST_ALTERNATIVES) return some;
  return some.flatMap((one) => others.map((other) => [...one, ...other]));
}
