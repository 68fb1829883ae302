import type { RecordShape } from './avro.ts';

/*
 * DataHub's Avro schemas, as far as decoding needs them: what may be null needs no mark, what must be there is
 * `required`, what Avro fills in when it is not there has a `fill`.
 */

const AUDIT_STAMP: RecordShape = {
  name: 'AuditStamp',
  fields: [
    { name: 'time', shape: 'number', required: true },
    { name: 'actor', shape: 'string', required: true },
    { name: 'impersonator', shape: 'string' },
    { name: 'message', shape: 'string' },
  ],
};

const AUDIT_HEADER: RecordShape = {
  name: 'KafkaAuditHeader',
  fields: [
    { name: 'instance', shape: 'string' },
    { name: 'auditVersion', shape: 'number' },
    { name: 'fabricUrn', shape: 'string' },
    { name: 'clusterConnectionString', shape: 'string' },
  ],
};

const GENERIC_ASPECT: RecordShape = {
  name: 'GenericAspect',
  fields: [
    { name: 'value', shape: 'bytes', required: true },
    { name: 'contentType', shape: 'string', required: true },
  ],
};

const NO_RUN_ID = 'no-run-id-provided';

const SYSTEM_METADATA: RecordShape = {
  name: 'SystemMetadata',
  fields: [
    { name: 'lastObserved', shape: 'number', fill: 0 },
    { name: 'runId', shape: 'string', fill: NO_RUN_ID },
    { name: 'lastRunId', shape: 'string', fill: NO_RUN_ID },
    { name: 'pipelineName', shape: 'string' },
    { name: 'registryName', shape: 'string' },
    { name: 'registryVersion', shape: 'string' },
    { name: 'properties', shape: 'map' },
    { name: 'version', shape: 'string' },
    { name: 'schemaVersion', shape: 'number' },
    { name: 'aspectCreated', shape: AUDIT_STAMP },
    { name: 'aspectModified', shape: AUDIT_STAMP },
  ],
};

/** Where decoding may put a text that does not stand in the record's bytes. */
export const FILLED_TEXTS: ReadonlySet<string> = new Set([
  'systemMetadata.runId',
  'systemMetadata.lastRunId',
  'previousSystemMetadata.runId',
  'previousSystemMetadata.lastRunId',
]);

export const PLATFORM_EVENT: RecordShape = {
  name: 'PlatformEvent',
  fields: [
    { name: 'name', shape: 'string', required: true },
    {
      name: 'payload',
      required: true,
      shape: {
        name: 'GenericPayload',
        fields: [
          { name: 'value', shape: 'bytes', required: true },
          { name: 'contentType', shape: 'string', required: true },
        ],
      },
    },
  ],
};

export const ENTITY_CHANGE_EVENT: RecordShape = {
  name: 'EntityChangeEvent',
  fields: [
    { name: 'entityUrn', shape: 'string', required: true },
    { name: 'entityType', shape: 'string', required: true },
    { name: 'category', shape: 'string', required: true },
    { name: 'operation', shape: 'string', required: true },
    { name: 'modifier', shape: 'string' },
    { name: 'parameters', shape: 'parameters' },
    { name: 'auditStamp', shape: AUDIT_STAMP, required: true },
    { name: 'version', shape: 'number', required: true },
  ],
};

export const RELATIONSHIP_CHANGE_EVENT: RecordShape = {
  name: 'RelationshipChangeEvent',
  fields: [
    { name: 'auditHeader', shape: AUDIT_HEADER },
    { name: 'sourceUrn', shape: 'string', required: true },
    { name: 'destinationUrn', shape: 'string', required: true },
    { name: 'operation', shape: 'string', required: true },
    { name: 'relationshipType', shape: 'string', required: true },
    { name: 'lifecycleOwner', shape: 'string' },
    { name: 'via', shape: 'string' },
    { name: 'properties', shape: 'map' },
    { name: 'auditStamp', shape: AUDIT_STAMP, required: true },
  ],
};

export const METADATA_CHANGE_LOG: RecordShape = {
  name: 'MetadataChangeLog',
  fields: [
    { name: 'auditHeader', shape: AUDIT_HEADER },
    { name: 'entityType', shape: 'string', required: true },
    { name: 'entityUrn', shape: 'string' },
    { name: 'entityKeyAspect', shape: GENERIC_ASPECT },
    { name: 'changeType', shape: 'string', required: true },
    { name: 'aspectName', shape: 'string' },
    { name: 'aspect', shape: GENERIC_ASPECT },
    { name: 'systemMetadata', shape: SYSTEM_METADATA },
    { name: 'headers', shape: 'map' },
    { name: 'previousAspectValue', shape: GENERIC_ASPECT },
    { name: 'previousSystemMetadata', shape: SYSTEM_METADATA },
    { name: 'created', shape: AUDIT_STAMP },
  ],
};
