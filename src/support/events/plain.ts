import type { Event } from '../../contract/event.ts';

/** An event as a user's module gets it: a plain object that is the module's own, to change as it likes. */
export type PlainEvent = { -readonly [K in keyof Event]: Event[K] };

/**
 * A deep copy of `event` with all attributes that it has: `{ id, source, type, data, meta, time?, … }`.
 * An attribute that the event does not have is not a key of the copy.
 */
export function plainEvent(event: Event): PlainEvent {
  const plain: Record<string, unknown> = { id: event.id, source: event.source, type: event.type };
  for (const name of OPTIONAL) if (event[name] !== undefined) plain[name] = event[name];
  if (event.extensions !== undefined) plain['extensions'] = { ...event.extensions };
  if (event.data !== undefined) plain['data'] = deepCopy(event.data);
  plain['meta'] = deepCopy(event.meta);
  return plain as unknown as PlainEvent;
}

const OPTIONAL = ['time', 'subject', 'key', 'datacontenttype', 'dataschema'] as const;

/** A copy of a JSON value or bytes that shares nothing with the original. Other objects are cloned as they are. */
export function deepCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(deepCopy);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return structuredClone(value);
  // Spreading makes `__proto__` a key like any other; assigning to it afterwards is then safe, too.
  const copy: Record<string, unknown> = { ...value };
  for (const key of Object.keys(copy)) {
    const member = copy[key];
    if (typeof member === 'object' && member !== null) copy[key] = deepCopy(member);
  }
  return copy;
}
