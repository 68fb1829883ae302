import type { TransformerHarness } from '../../contract/harness.ts';

const flyte = {
  system: 'flyte',
  feed: 'v1',
  entity: 'workflow',
  project: 'flytesnacks',
  domain: 'development',
  execution: 'f5a1',
  retryAttempt: 0,
  phase: 'RUNNING',
  phaseVersion: 0,
  terminal: false,
  occurredAt: '2026-11-20T12:34:56Z',
};

export const harness: TransformerHarness = {
  kind: 'transformer',
  cases: [
    {
      name: 'passes the first',
      config: {},
      event: { type: 'T', data: {}, meta: { flyte } },
      out: { type: 'T' },
    },
    {
      name: 'passes what is not of Flyte',
      config: { order: 'phase' },
      event: { type: 'T', data: { n: 1 } },
      out: { data: { n: 1 } },
    },
  ],
};
