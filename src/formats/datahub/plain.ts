import { isObject, type JsonObject } from './avro.ts';

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

/** A MetadataChangeLog in which nothing is missing, null, wrapped or to be filled in. */
export function isPlainChangeLog(log: JsonObject): boolean {
  return (
    typeof log['entityType'] === 'string' &&
    typeof log['changeType'] === 'string' &&
    isTextOrNone(log['entityUrn']) &&
    isTextOrNone(log['aspectName']) &&
    isAspectOrNone(log['aspect']) &&
    isAspectOrNone(log['previousAspectValue']) &&
    isAspectOrNone(log['entityKeyAspect']) &&
    isSystemMetadataOrNone(log['systemMetadata']) &&
    isSystemMetadataOrNone(log['previousSystemMetadata']) &&
    isStampOrNone(log['created']) &&
    isTextsOrNone(log['headers']) &&
    log['auditHeader'] === undefined
  );
}

function isTextOrNone(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

/** Its value is `bytes`, which are only right as they stand where the caller has made text of them. */
function isAspectOrNone(value: unknown): boolean {
  if (value === undefined) return true;
  return isObject(value) && typeof value['value'] === 'string' && typeof value['contentType'] === 'string';
}

function isStampOrNone(value: unknown): boolean {
  if (value === undefined) return true;
  return (
    isObject(value) &&
    typeof value['time'] === 'number' &&
    typeof value['actor'] === 'string' &&
    isTextOrNone(value['impersonator']) &&
    isTextOrNone(value['message'])
  );
}

function isSystemMetadataOrNone(value: unknown): boolean {
  if (value === undefined) return true;
  return (
    isObject(value) &&
    typeof value['lastObserved'] === 'number' &&
    typeof value['runId'] === 'string' &&
    typeof value['lastRunId'] === 'string' &&
    isTextOrNone(value['pipelineName']) &&
    isTextOrNone(value['registryName']) &&
    isTextOrNone(value['registryVersion']) &&
    isTextOrNone(value['version']) &&
    (value['schemaVersion'] === undefined || typeof value['schemaVersion'] === 'number') &&
    isStampOrNone(value['aspectCreated']) &&
    isStampOrNone(value['aspectModified']) &&
    isTextsOrNone(value['properties'])
  );
}

/** A map of which every value is text, and so none a union's wrapper. */
function isTextsOrNone(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isObject(value)) return false;
  for (const key in value) if (typeof value[key] !== 'string') return false;
  return true;
}

/** An object with at least one key, whose first is no union's wrapper. */
function isPlainMap(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const key in value) return key !== 'null' && !key.endsWith('.Parameters');
  return false;
}
