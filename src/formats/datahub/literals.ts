import type { CompiledFilter, FilterPattern, Literals } from '../../contract/prefilter.ts';
import { usableLiteral } from '../../support/lines/prefilter.ts';
import { isObject } from './avro.ts';
import type { Wire } from './decode.ts';
import { FILLED_TEXTS } from './shapes.ts';

/** More alternatives than this cost more to search for than parsing does. */
const MOST_ALTERNATIVES = 16;

/**
 * What must stand in the bytes of a record that passes `filter`. Only texts are of use: they have one spelling in
 * JSON, also inside a text that is JSON again. Nothing is said about texts that decoding may fill in.
 */
export function literalsOf(filter: CompiledFilter, wire: Wire): Literals | undefined {
  const all: (readonly string[])[] = [];
  for (const pattern of filter) {
    const alternatives = alternativesOf(pattern, wire);
    if (alternatives.some((literals) => literals.length === 0)) return undefined;
    all.push(...alternatives);
  }
  return all.length === 0 || all.length > MOST_ALTERNATIVES ? undefined : all;
}

function alternativesOf(pattern: FilterPattern, wire: Wire): (readonly string[])[] {
  const all: string[] = [];
  const choices: (readonly string[])[] = [];
  if (pattern.event !== undefined) collect(pattern.event, '', all, choices);
  const types = pattern.types?.flatMap((type) => typeLiterals(type, wire));
  if (types !== undefined && types.length > 0 && types.every(usableLiteral)) choices.unshift(types);
  let alternatives: (readonly string[])[] = [all];
  for (const choice of choices) {
    if (alternatives.length * choice.length > MOST_ALTERNATIVES) continue;
    alternatives = alternatives.flatMap((literals) => choice.map((one) => [...literals, one]));
  }
  return alternatives;
}

function collect(
  pattern: Readonly<Record<string, unknown>>,
  path: string,
  all: string[],
  choices: (readonly string[])[],
): void {
  for (const [key, value] of Object.entries(pattern)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (FILLED_TEXTS.has(at)) continue;
    if (typeof value === 'string') {
      if (usableLiteral(value)) all.push(value);
    } else if (Array.isArray(value)) {
      if (value.length > 0 && value.every(isUsable)) choices.push(value);
    } else if (isObject(value)) {
      collect(value, at, all, choices);
    }
  }
}

function isUsable(value: unknown): value is string {
  return typeof value === 'string' && usableLiteral(value);
}

/**
 * An envelope line names the type. The poll API does not: there a platform event has a name that is the type's but
 * for its first letter and its version, and a MetadataChangeLog is told by its fields.
 */
function typeLiterals(type: string, wire: Wire): readonly string[] {
  if (wire === 'envelope') return [type];
  switch (type) {
    case 'EntityChangeEvent_v1':
      return ['ntityChangeEvent'];
    case 'RelationshipChangeEvent_v1':
      return ['elationshipChangeEvent'];
    case 'MetadataChangeLogEvent_v1':
      return wire === 'poll' ? ['changeType'] : [type, 'changeType'];
    default:
      return [type];
  }
}
