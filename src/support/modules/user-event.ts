import { isDeepStrictEqual } from 'node:util';
import { type EventChanges, withChanges } from '../../contract/envelope.ts';
import type { Event, ExtensionValue, Meta } from '../../contract/event.ts';
import { isUserObject } from './user-code.ts';

const TEXTS = ['time', 'subject', 'key', 'datacontenttype', 'dataschema'] as const;

/**
 * What is wrong with an event that a module made, as the rest of a sentence; undefined = nothing. `needs` names the
 * attributes that must be there.
 */
export function eventProblem(event: unknown, needs: readonly ('id' | 'type')[]): string | undefined {
  if (!isUserObject(event) || Array.isArray(event)) return `expected an event, got ${nameOf(event)}`;
  for (const name of ['id', 'source', 'type', ...TEXTS] as const) {
    const value = event[name];
    const isNeeded = (needs as readonly string[]).includes(name);
    if (value === undefined && !isNeeded) continue;
    if (typeof value !== 'string') return `expected the event’s \`${name}\` to be text, got ${nameOf(value)}`;
    if (value === '' && (name === 'id' || name === 'source' || name === 'type')) {
      return `the event’s \`${name}\` is empty`;
    }
  }
  for (const name of ['meta', 'extensions'] as const) {
    const value = event[name];
    if (value !== undefined && (!isUserObject(value) || Array.isArray(value))) {
      return `expected the event’s \`${name}\` to be an object, got ${nameOf(value)}`;
    }
  }
  if (typeof event['data'] === 'function' || typeof event['data'] === 'bigint') {
    return `the event’s \`data\` is ${nameOf(event['data'])}, which JSON does not know`;
  }
  return undefined;
}

/** `original` with the attributes that a module left in its copy. Data that is still the same stays the original's,
 *  with the spelling of its numbers. */
export function changedEvent(original: Event, made: Readonly<Record<string, unknown>>): Event {
  const { id, source, type, extensions, meta, data } = made;
  const changes: Record<string, unknown> = { type };
  if (id !== undefined && id !== original.id) changes['id'] = id;
  if (source !== undefined && source !== original.source) changes['source'] = source;
  for (const name of TEXTS) if (made[name] !== original[name]) changes[name] = made[name];
  if (!isDeepStrictEqual(data, original.data)) changes['data'] = data;
  if (!isDeepStrictEqual(extensions, original.extensions)) {
    changes['extensions'] = extensions as Record<string, ExtensionValue> | undefined;
  }
  if (meta !== undefined && !isDeepStrictEqual(meta, original.meta)) changes['meta'] = meta as Meta;
  return withChanges(original, changes as EventChanges);
}

/** How a sentence calls a value of the wrong kind. */
export function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object'
    ? `an object (${value.constructor?.name ?? 'without a class'})`
    : `a ${typeof value}`;
}
