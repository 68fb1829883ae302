import type { TransformerHarness } from '../../contract/harness.ts';

const config = { paths: { 'data.a': 'data.b.c', 'data.n': 'subject', subject: 'data.s' } };

export const harness: TransformerHarness = {
  kind: 'transformer',
  cases: [
    {
      name: 'moves one after the other',
      config,
      event: { type: 'T', data: { a: { x: 1 }, n: 7, z: 1 } },
      out: { subject: undefined, data: { b: { c: { x: 1 } }, z: 1, s: '7' } },
    },
    {
      name: 'leaves what is not there',
      config,
      event: { type: 'T', data: { z: 1 } },
      out: { data: { z: 1 } },
    },
    {
      name: 'replaces what is there',
      config: { paths: { 'data.a': 'data.b' } },
      event: { type: 'T', data: { a: null, b: 1 } },
      out: { data: { b: null } },
    },
  ],
};
