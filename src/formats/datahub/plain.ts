import type { JsonObject } from './avro.ts';

/*
 * Nearly every event comes as decoding would leave it. These see that with plain property reads, five times as fast
 * as walking the schema, for the events of which most are read. They only say what the walk would find, too: an
 * event that is not plain here is walked.
 */

interface PlatformEvent {
  readonly name?: unknown;
  readonly payload?: { readonly value?: unknown; readonly contentType?: unknown } | null;
}

/** Name and payload are there and not wrapped. The payload's bytes are still to be read. */
export function isPlainPlatformEvent(event: PlatformEvent): boolean {
  const { name, payload } = event;
  if (typeof name !== 'string' || typeof payload !== 'object' || payload === null) return false;
  return typeof payload.value === 'string' && typeof payload.contentType === 'string';
}

interface EntityChange {
  readonly entityUrn?: unknown;
  readonly entityType?: unknown;
  readonly category?: unknown;
  readonly operation?: unknown;
  readonly modifier?: unknown;
  readonly parameters?: unknown;
  readonly version?: unknown;
  readonly auditStamp?: {
    readonly time?: unknown;
    readonly actor?: unknown;
    readonly impersonator?: unknown;
    readonly message?: unknown;
  } | null;
}

/** An EntityChangeEvent in which nothing is missing, null, wrapped or to be left out. */
export function isPlainEntityChange(event: EntityChange & JsonObject): boolean {
  const { auditStamp, modifier } = event;
  if (
    typeof event.entityUrn !== 'string' ||
    typeof event.entityType !== 'string' ||
    typeof event.category !== 'string' ||
    typeof event.operation !== 'string' ||
    typeof event.version !== 'number' ||
    (modifier !== undefined && typeof modifier !== 'string') ||
    typeof auditStamp !== 'object' ||
    auditStamp === null
  ) {
    return false;
  }
  if (typeof auditStamp.time !== 'number' || typeof auditStamp.actor !== 'string') return false;
  if (auditStamp.impersonator !== undefined && typeof auditStamp.impersonator !== 'string') return false;
  if (auditStamp.message !== undefined && typeof auditStamp.message !== 'string') return false;
  return event.parameters === undefined || isPlainMap(event.parameters);
}

/** An object with at least one key, whose first is no union's wrapper. */
function isPlainMap(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const key in value) return key !== 'null' && !key.endsWith('.Parameters');
  return false;
}
