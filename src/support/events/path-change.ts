import { EvrunError } from '../../contract/errors.ts';
import { EVERY, type Segment } from './path.ts';

/** What becomes of the value at a place; `undefined` = nothing is there, and as a result: take it away. */
export type Change = (value: unknown) => unknown;

/** The value at the end of the way; undefined where there is none. `[*]` leads nowhere. */
export function valueAt(value: unknown, way: readonly Segment[]): unknown {
  let found = value;
  for (const segment of way) {
    if (typeof segment === 'string')
      found = isMap(found) && Object.hasOwn(found, segment) ? found[segment] : undefined;
    else found = typeof segment === 'number' && Array.isArray(found) ? found[segment] : undefined;
  }
  return found;
}

/**
 * `value` with `change` applied at the end of the way. Copies the maps and lists along the way and shares the rest;
 * returns `value` itself where nothing changed. With `create`, maps that lack are made on the way, and Blocked
 * is thrown where something else stands in it; without, such a way is left alone.
 */
export function changeAt(
  value: unknown,
  way: readonly Segment[],
  change: Change,
  create: boolean,
  at = 0,
): unknown {
  const segment = way[at];
  if (segment === undefined) return change(value);
  const onward = (before: unknown) => changeAt(before, way, change, create, at + 1);
  if (typeof segment === 'string') return changeMember(value, segment, onward, create);
  if (Array.isArray(value))
    return segment === EVERY ? changeEach(value, onward) : changeElement(value, segment, onward);
  if (create) throw blocked(value, `[${String(segment)}]`, 'a list');
  return value;
}

function changeMember(value: unknown, name: string, onward: Change, create: boolean): unknown {
  const missing = value === undefined || value === null;
  if (!isMap(value) && !(create && missing)) {
    if (create) throw blocked(value, `.${name}`, 'a map');
    return value;
  }
  const map = isMap(value) ? value : {};
  const before = Object.hasOwn(map, name) ? map[name] : undefined;
  const after = onward(before);
  if (after === before) return value;
  // A computed key is always the object's own, even `__proto__`.
  if (after !== undefined) return { ...map, [name]: after };
  const { [name]: _gone, ...rest } = map;
  return rest;
}

function changeElement(list: readonly unknown[], index: number, onward: Change): unknown {
  const before = list[index];
  const after = onward(before);
  if (after === before) return list;
  if (index < list.length) return after === undefined ? list.toSpliced(index, 1) : list.with(index, after);
  if (index === list.length) return [...list, after];
  throw blocked(list, `[${index}]`, `at least ${index} elements`);
}

function changeEach(list: readonly unknown[], onward: Change): unknown {
  let changed = false;
  const after = list.map((element) => {
    const next = onward(element);
    changed ||= next !== element;
    return next;
  });
  return changed ? after.filter((element) => element !== undefined) : list;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

/** Something else stands in the way; the message is the end of a sentence. */
export class Blocked extends EvrunError {}

function blocked(value: unknown, step: string, wanted: string): Blocked {
  const got = Array.isArray(value)
    ? 'a list'
    : value === null
      ? 'null'
      : typeof value === 'object'
        ? 'bytes'
        : `a ${typeof value}`;
  return new Blocked('EVR_TRANSFORM', `expected ${wanted} there to hold ${step}, the event has ${got}`);
}
