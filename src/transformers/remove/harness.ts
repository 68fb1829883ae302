import type { TransformerHarness } from '../../contract/harness.ts';

const config = { paths: ['data.a', 'data.l[*].b', 'data.l[0]', 'subject', 'extensions.e'] };

export const harness: TransformerHarness = {
  kind: 'transformer',
  cases: [
    {
      name: 'removes',
      config,
      event: {
        type: 'T',
        subject: 's',
        extensions: { e: 1, f: 2 },
        data: { a: 1, c: 2, l: [{ b: 1 }, { b: 2, d: 3 }] },
      },
      out: { subject: undefined, extensions: { f: 2 }, data: { c: 2, l: [{ d: 3 }] } },
    },
    { name: 'leaves what has none of it', config, event: { type: 'T', data: 'text' }, out: { data: 'text' } },
    {
      name: 'removes the data',
      config: { paths: ['data'] },
      event: { type: 'T', data: 1 },
      out: { data: undefined },
    },
  ],
};
