import type { TransformerHarness } from '../../contract/harness.ts';

export const harness: TransformerHarness = {
  kind: 'transformer',
  cases: [
    {
      name: 'passes the first',
      config: { key: 'event.data.id' },
      event: { type: 'T', data: { id: 1 } },
      out: { data: { id: 1 } },
    },
    {
      name: 'passes what has no key',
      config: { key: 'event.data.?id' },
      event: { type: 'T', data: {} },
      out: { data: {} },
    },
    {
      name: 'fails where the key fails',
      config: { key: 'event.data.id' },
      event: { type: 'T', data: {} },
      out: 'throws',
    },
  ],
};
