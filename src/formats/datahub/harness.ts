import type { FormatHarness } from '../../contract/harness.ts';
import type { SourceRecord } from '../../contract/source.ts';

const change = {
  auditStamp: { actor: 'urn:li:corpuser:a', time: 1737170481713 },
  entityUrn: 'urn:li:dataset:x',
  entityType: 'dataset',
  category: 'TAG',
  operation: 'ADD',
  version: 0,
};

const log = {
  entityType: 'dataset',
  entityUrn: 'urn:li:dataset:x',
  changeType: 'UPSERT',
  aspectName: 'ownership',
};

function platformEvent(name: string, payload: unknown): SourceRecord {
  const value = JSON.stringify(payload);
  return record({
    header: { timestampMillis: 1 },
    name,
    payload: { value, contentType: 'application/json' },
  });
}

function record(value: unknown): SourceRecord {
  return { value: JSON.stringify(value), meta: {} };
}

export const harness: FormatHarness = {
  kind: 'format',
  good: [
    {
      name: 'an envelope line',
      record: record({ event_type: 'Anything_v1', event: { a: 1 }, meta: { b: 2 } }),
      event: { type: 'Anything_v1', data: { a: 1 }, meta: { b: 2 } },
    },
    {
      name: 'an entity change of the poll API',
      record: platformEvent('entityChangeEvent', change),
      event: {
        type: 'EntityChangeEvent_v1',
        data: change,
        key: 'urn:li:dataset:x',
        time: '2025-01-18T03:21:21.713Z',
      },
    },
    {
      name: 'a MetadataChangeLog of the poll API',
      record: record({ ...log, entityUrn: { string: log.entityUrn }, aspect: null }),
      event: { type: 'MetadataChangeLogEvent_v1', data: log, key: 'urn:li:dataset:x' },
    },
  ],
  ignored: [
    { name: 'another platform event', record: platformEvent('notificationRequestEvent', {}) },
    { name: 'a record without a value', record: { value: '', tombstone: true, meta: {} } },
  ],
  bad: [
    { name: 'no JSON', record: { value: '{"event_type":', meta: {} }, message: /JSON/ },
    { name: 'not UTF-8', record: { value: Uint8Array.of(0x7b, 0xff, 0x7d), meta: {} }, message: /UTF-8/ },
    {
      name: 'Avro without a registry',
      record: { value: Uint8Array.of(0, 0, 0, 0, 1, 2), meta: {} },
      message: /no schema registry: give "schema_registry_url"/,
    },
    { name: 'no event', record: record({ event_type: 'X' }), message: /"event" is missing/ },
    {
      name: 'an entity change without version',
      record: platformEvent('entityChangeEvent', { ...change, version: undefined }),
      message: /version/,
    },
    { name: 'something else', record: record({ hello: 1 }), message: /none of DataHub's events/ },
  ],
};
