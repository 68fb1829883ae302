import type { TransformerHarness } from '../../contract/harness.ts';

const config = { expr: 'event.data.x > 1 && event.type == "T"' };

export const harness: TransformerHarness = {
  kind: 'transformer',
  cases: [
    { name: 'passes', config, event: { type: 'T', data: { x: 1.5 } }, out: { data: { x: 1.5 } } },
    { name: 'drops', config, event: { type: 'T', data: { x: 1 } }, out: null },
    { name: 'fails on a missing field', config, event: { type: 'T', data: {} }, out: 'throws' },
    {
      name: 'fails on another type',
      config: { expr: 'event.data' },
      event: { type: 'T', data: 'yes' },
      out: 'throws',
    },
  ],
};
