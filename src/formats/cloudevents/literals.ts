import type { CompiledFilter, FilterPattern, Literals } from '../../contract/prefilter.ts';
import {
  type Alternatives,
  both,
  MOST_ALTERNATIVES,
  NOTHING_KNOWN,
  oneOf,
  stringsOf,
} from '../../support/lines/literals.ts';
import type { Mode } from './record.ts';

/**
 * What stands in the value of every CloudEvent that passes `filter`: the strings that the pattern asks of its data,
 * wherever they are, and its type where that is surely not in a header. Data in base64 is bytes, which satisfy no
 * pattern.
 */
export function literalsOf(filter: CompiledFilter, mode: Mode): Literals | undefined {
  const all = filter.flatMap((pattern) => alternativesOf(pattern, mode));
  return all.some((strings) => strings.length === 0) || all.length > MOST_ALTERNATIVES ? undefined : all;
}

function alternativesOf({ types, event }: FilterPattern, mode: Mode): Alternatives {
  const ofType = types === undefined || mode !== 'structured' ? NOTHING_KNOWN : oneOf(types);
  return event === undefined ? ofType : both(ofType, stringsOf(event));
}
