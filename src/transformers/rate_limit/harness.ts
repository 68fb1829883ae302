import type { TransformerHarness } from '../../contract/harness.ts';

export const harness: TransformerHarness = {
  kind: 'transformer',
  cases: [
    { name: 'passes', config: { per_second: 1000 }, event: { type: 'T', data: 1 }, out: { data: 1 } },
    {
      name: 'passes within the rate',
      config: { max: 1, per: '1h', mode: 'drop' },
      event: { type: 'T', data: 1 },
      out: { data: 1 },
    },
  ],
};
