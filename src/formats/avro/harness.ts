import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FormatHarness } from '../../contract/harness.ts';
import type { SourceRecord } from '../../contract/source.ts';
import { parseSchema } from '../../support/avro/schema.ts';
import { framed } from '../../support/avro/wire.ts';
import { avroWriter } from '../../support/avro/writer.ts';

const order = {
  type: 'record',
  name: 'Order',
  namespace: 'com.example',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'customer', type: ['null', 'string'] },
    { name: 'total', type: 'double' },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['OPEN', 'PAID'] } },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 2 } },
    { name: 'lines', type: { type: 'array', items: { type: 'map', values: ['int', 'string'] } } },
  ],
};
const schemas: Record<string, string> = {
  '1': JSON.stringify(order),
  '2': '"string"',
  '4': '{"type":"nonsense"}',
};

/** A registry with three schemas. It ends with the process. */
const server = createServer((request, response) => {
  const schema = schemas[request.url?.split('/').at(-1) ?? ''];
  response.statusCode = schema === undefined ? 404 : 200;
  response.end(
    JSON.stringify(schema === undefined ? { error_code: 40403, message: 'not found' } : { schema }),
  );
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
server.unref();

const data = {
  id: 7,
  customer: 'Zoë',
  total: 1.5,
  state: 'PAID',
  hash: '\u0001\u00ff',
  lines: [{ nails: 3 }, { note: 'red' }],
};
const bytes = framed(1, avroWriter(parseSchema(JSON.stringify(order)))(data));
const record = (value: Uint8Array | string): SourceRecord => ({
  value: typeof value === 'string' ? value : new Uint8Array(value),
  meta: {},
});

export const harness: FormatHarness = {
  kind: 'format',
  config: { schema_registry_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
  good: [
    {
      name: 'a record, unions as their value',
      record: { ...record(bytes), key: 'k' },
      event: { type: 'com.example.Order', key: 'k', data },
    },
    {
      name: 'a value without a name',
      record: record(framed(2, Buffer.from('\u0004hi'))),
      event: { type: 'string', data: 'hi' },
    },
    {
      name: 'a tombstone, an event without data',
      record: { ...record(''), tombstone: true, key: 'k' },
      event: { type: 'tombstone', key: 'k', data: undefined },
    },
  ],
  bad: [
    { name: 'text', record: record('{"id":7}'), message: /expected a byte 0.*got text/ },
    { name: 'JSON in bytes', record: record(Buffer.from('{"id":7}')), message: /begins with 0x7b/ },
    { name: 'nothing', record: record(new Uint8Array()), message: /got 0 bytes/ },
    {
      name: 'half a record',
      record: record(bytes.subarray(0, 20)),
      message: /no com\.example\.Order: it ends too early/,
    },
    {
      name: 'bytes behind the record',
      record: record(Buffer.concat([bytes, Buffer.of(0)])),
      message: /left over/,
    },
    {
      name: 'an unknown schema',
      record: record(framed(3, Buffer.of(0))),
      message: /schema 3: .*does not know it/,
    },
    {
      name: 'a schema that is none',
      record: record(framed(4, Buffer.of(0))),
      message: /schema 4: it is no Avro schema: the type "nonsense" is not defined/,
    },
  ],
};
