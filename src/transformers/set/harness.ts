import type { TransformerHarness } from '../../contract/harness.ts';

export const harness: TransformerHarness = {
  kind: 'transformer',
  cases: [
    {
      name: 'sets values and makes the maps on the way',
      config: {
        values: {
          'data.a.b': 1,
          'data.sum': '${{ event.data.x + 1 }}',
          'data.text': 'x=${{ event.data.x }}',
          'data.none': '${{ event.data.?y }}',
          subject: '${{ event.data.x }}',
          'extensions.tenant': 'acme',
        },
      },
      event: { type: 'T', data: { x: 1 } },
      out: {
        data: { x: 1, a: { b: 1 }, sum: 2, text: 'x=1' },
        subject: '1',
        extensions: { tenant: 'acme' },
      },
    },
    {
      name: 'reads the event as it came',
      config: { values: { 'data.x': 2, 'data.y': '${{ event.data.x }}' } },
      event: { type: 'T', data: { x: 1 } },
      out: { data: { x: 2, y: 1 } },
    },
    {
      name: 'fails where text stands in the way',
      config: { values: { 'data.a.b': 1 } },
      event: { type: 'T', data: { a: 'text' } },
      out: 'throws',
    },
    {
      name: 'fails on an empty type',
      config: { values: { type: '' } },
      event: { type: 'T', data: 1 },
      out: 'throws',
    },
  ],
};
