import type { TransformerHarness } from '../../contract/harness.ts';

const config = { event_type: 'A', event: { x: { y: ['1', '2'] }, n: 1 } };

export const harness: TransformerHarness = {
  kind: 'transformer',
  cases: [
    { name: 'passes', config, event: { type: 'A', data: { x: { y: '2' }, n: 1 } }, out: { type: 'A' } },
    { name: 'drops another type', config, event: { type: 'B', data: { x: { y: '2' }, n: 1 } }, out: null },
    { name: 'drops another value', config, event: { type: 'A', data: { x: { y: '3' }, n: 1 } }, out: null },
    { name: 'drops an event without data', config, event: { type: 'A', data: undefined }, out: null },
    {
      name: 'asks for the type alone',
      config: { event_type: ['A', 'B'], event: null },
      event: { type: 'B', data: undefined },
      out: { type: 'B' },
    },
  ],
};
