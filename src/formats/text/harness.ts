import type { FormatHarness } from '../../contract/harness.ts';

export const harness: FormatHarness = {
  kind: 'format',
  good: [
    {
      name: 'a line',
      record: { value: 'a line', key: 'k', meta: {} },
      event: { type: 'text', key: 'k', data: 'a line' },
    },
    { name: 'nothing', record: { value: '', meta: {} }, event: { type: 'text', data: '' } },
    {
      name: 'a tombstone, an event without data',
      record: { value: '', tombstone: true, key: 'k', meta: {} },
      event: { type: 'text', key: 'k', data: undefined, datacontenttype: undefined },
    },
    {
      name: 'bytes',
      record: { value: Uint8Array.from([0xc3, 0xa9]), meta: {} },
      event: { type: 'text', data: 'é', datacontenttype: 'text/plain' },
    },
  ],
  bad: [
    {
      name: 'no UTF-8',
      record: { value: Uint8Array.from([0x61, 0xc3]), meta: {} },
      message: /not UTF-8 text: byte 1 is 0xc3/,
    },
  ],
};
