import type { TransformerHarness } from '../../contract/harness.ts';

export const harness: TransformerHarness = {
  kind: 'transformer',
  cases: [
    {
      name: 'makes a new shape',
      config: {
        data: {
          urn: 'event.data.u',
          list: ['event.type', 2],
          deep: { absent: 'event.data.?x', fixed: true },
        },
        type: '"N"',
        key: 'event.data.u',
      },
      event: { type: 'T', data: { u: 'urn' }, dataschema: 'https://example.com/s' },
      out: {
        type: 'N',
        key: 'urn',
        data: { urn: 'urn', list: ['T', 2], deep: { fixed: true } },
        dataschema: undefined,
      },
    },
    {
      name: 'leaves the data',
      config: { type: '"N"' },
      event: { type: 'T', data: { a: 1 } },
      out: { type: 'N', data: { a: 1 } },
    },
    {
      name: 'removes a key',
      config: { key: 'event.data.k' },
      event: { type: 'T', key: 'k', data: { k: null } },
      out: { key: undefined },
    },
    {
      name: 'fails where a field lacks',
      config: { data: 'event.data.x' },
      event: { type: 'T', data: {} },
      out: 'throws',
    },
    {
      name: 'fails without a type',
      config: { type: 'event.data' },
      event: { type: 'T', data: null },
      out: 'throws',
    },
  ],
};
