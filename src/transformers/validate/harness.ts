import type { TransformerHarness } from '../../contract/harness.ts';

const config = {
  schema: {
    type: 'object',
    required: ['id'],
    properties: { id: { type: 'string' }, n: { type: 'integer' } },
  },
};

export const harness: TransformerHarness = {
  kind: 'transformer',
  cases: [
    {
      name: 'passes what fits',
      config,
      event: { type: 'T', data: { id: 'a', n: 1 } },
      out: { data: { id: 'a', n: 1 } },
    },
    { name: 'fails what lacks a key', config, event: { type: 'T', data: { n: 1 } }, out: 'throws' },
    {
      name: 'fails what has another type',
      config,
      event: { type: 'T', data: { id: 'a', n: 'x' } },
      out: 'throws',
    },
    { name: 'fails an event without data', config, event: { type: 'T', data: undefined }, out: 'throws' },
  ],
};
