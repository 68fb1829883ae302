import type { FormatHarness } from '../../contract/harness.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

export const harness: FormatHarness = {
  kind: 'format',
  config: { event_type: 'order', key: 'order.id' },
  good: [
    {
      name: 'an object',
      record: { value: '{"order":{"id":7}}', meta: {} },
      event: { type: 'order', key: '7', data: { order: { id: 7 } } },
    },
    {
      name: 'an envelope, which is data like any other',
      record: { value: '{"event_type":"X","event":{}}', key: 'k', meta: {} },
      event: { type: 'order', key: 'k', data: { event_type: 'X', event: {} } },
    },
    { name: 'null', record: { value: 'null', meta: {} }, event: { type: 'order', data: null } },
    {
      name: 'a tombstone, an event without data',
      record: { value: '', tombstone: true, key: 'k', meta: {} },
      event: { type: 'order', key: 'k', data: undefined },
    },
    {
      name: 'bytes with a byte order mark',
      record: { value: bytes(0xef, 0xbb, 0xbf, 0x22, 0xc3, 0xa9, 0x22), meta: {} },
      event: { type: 'order', data: 'é' },
    },
  ],
  bad: [
    {
      name: 'a torn object',
      record: { value: '{"a":1', meta: {} },
      message: /ends too early, at character 6/,
    },
    {
      name: 'a bare word',
      record: { value: '{"a": x}', meta: {} },
      message: /unexpected "x" at character 6/,
    },
    { name: 'nothing', record: { value: '', meta: {} }, message: /empty/ },
    { name: 'no UTF-8', record: { value: bytes(0x22, 0xff, 0x22), meta: {} }, message: /byte 1 is 0xff/ },
  ],
};
