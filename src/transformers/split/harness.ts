import type { TransformerHarness } from '../../contract/harness.ts';

const config = { by: 'event.data.items' };

export const harness: TransformerHarness = {
  kind: 'transformer',
  cases: [
    {
      name: 'makes an event of each element',
      config,
      event: { type: 'T', subject: 's', data: { items: [{ a: 1 }, 2, null] } },
      out: [
        { type: 'T', subject: 's', data: { a: 1 } },
        { type: 'T', subject: 's', data: 2 },
        { type: 'T', subject: 's', data: null },
      ],
    },
    { name: 'drops an empty list', config, event: { type: 'T', data: { items: [] } }, out: [] },
    { name: 'fails on anything else', config, event: { type: 'T', data: { items: 'abc' } }, out: 'throws' },
    { name: 'fails on a missing list', config, event: { type: 'T', data: {} }, out: 'throws' },
  ],
};
