import type { TransformerHarness } from '../../contract/harness.ts';

const config = {
  filter: { A: { event: [{ kind: 'x' }, { kind: ['y', 'z'], n: 1 }] }, B: null, C: { event: [] } },
};

export const harness: TransformerHarness = {
  kind: 'transformer',
  cases: [
    { name: 'drops a type that is not named', config, event: { type: 'D', data: {} }, out: null },
    { name: 'passes every event of a type', config, event: { type: 'B', data: 1 }, out: { type: 'B' } },
    {
      name: 'passes the first pattern',
      config,
      event: { type: 'A', data: { kind: 'x' } },
      out: { type: 'A' },
    },
    {
      name: 'passes the second',
      config,
      event: { type: 'A', data: { kind: 'z', n: 1 } },
      out: { type: 'A' },
    },
    { name: 'drops what satisfies none', config, event: { type: 'A', data: { kind: 'z', n: 2 } }, out: null },
    { name: 'drops all where no pattern is given', config, event: { type: 'C', data: {} }, out: null },
  ],
};
