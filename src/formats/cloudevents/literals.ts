import type { CompiledFilter, FilterPattern, Literals } from '../../contract/prefilter.ts';
import {
  type Alternatives,
  both,
  MOST_ALTERNATIVES,
  NOTHING_KNOWN,
  oneOf,
  stringsOf,
} from '../../support/lines/literals.ts';

/**
 * What stands in the text of every CloudEvent that passes `filter`: its `type`, and the strings that the pattern
 * asks of its data, wherever they are. Data in base64 is bytes, which satisfy no pattern.
 */
export function literalsOf(filter: CompiledFilter): Literals | undefined {
  const all = filter.flatMap((pattern) => alternativesOf(pattern));
  return all.some((strings) => strings.length === 0) || all.length > MOST_ALTERNATIVES ? undefined : all;
}

function alternativesOf({ types, event }: FilterPattern): Alternatives {
  const ofType = types === undefined ? NOTHING_KNOWN : oneOf(types);
  return event === undefined ? ofType : both(ofType, stringsOf(event));
}
