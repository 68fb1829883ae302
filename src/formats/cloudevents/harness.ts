import type { FormatHarness } from '../../contract/harness.ts';

const minimal = { specversion: '1.0', id: '1', source: '/s', type: 'T' };
const record = (members: object) => ({ value: JSON.stringify({ ...minimal, ...members }), meta: {} });

export const harness: FormatHarness = {
  kind: 'format',
  good: [
    {
      name: 'the required attributes alone',
      record: record({}),
      event: { id: '1', source: '/s', type: 'T' },
    },
    {
      name: 'every attribute',
      record: record({
        time: '2026-01-02T03:04:05.123456789Z',
        subject: 'x',
        datacontenttype: 'application/json; charset=utf-8',
        dataschema: 'https://example.com/schema',
        partitionkey: 'k',
        retries: 3,
        data: { n: 1 },
      }),
      event: {
        time: '2026-01-02T03:04:05.123456789Z',
        subject: 'x',
        datacontenttype: 'application/json; charset=utf-8',
        dataschema: 'https://example.com/schema',
        extensions: { partitionkey: 'k', retries: 3 },
        key: 'k',
        data: { n: 1 },
      },
    },
    {
      name: 'null data, which is data',
      record: record({ data: null, subject: null }),
      event: { data: null },
    },
    {
      name: 'bytes',
      record: record({ data_base64: 'AAEC/w==' }),
      event: { data: Uint8Array.of(0, 1, 2, 255) },
    },
    {
      name: 'attributes in headers',
      record: {
        value: '{"n":1}',
        headers: {
          ce_specversion: '1.0',
          ce_id: '1',
          ce_source: '/s',
          ce_type: 'T',
          'content-type': 'application/json',
        },
        meta: {},
      },
      event: { id: '1', type: 'T', datacontenttype: 'application/json', data: { n: 1 } },
    },
    {
      name: 'text, which is not parsed',
      record: record({ datacontenttype: 'text/plain', data: '{"a":1}' }),
      event: { data: '{"a":1}' },
    },
  ],
  ignored: [{ name: 'a record without a value', record: { value: '', tombstone: true, meta: {} } }],
  bad: [
    { name: 'a torn record', record: { value: '{"specversion":"1.0"', meta: {} }, message: /ends too early/ },
    {
      name: 'a missing type',
      record: record({ type: undefined }),
      message: /"type" must be a non-empty string/,
    },
    {
      name: 'an old version',
      record: record({ specversion: '0.3' }),
      message: /"specversion" must be "1.0"/,
    },
    {
      name: 'two kinds of data',
      record: record({ data: 1, data_base64: 'AA==' }),
      message: /beside data_base64/,
    },
    { name: 'an object as extension', record: record({ ext: {} }), message: /"ext" must be a string/ },
    { name: 'a batch', record: { value: '[]', meta: {} }, message: /a batch/ },
  ],
};
