import type { ActionHarness } from '../../contract/harness.ts';

const reason = 'discard does nothing, so there is nothing that could be seen, fail or hang';

export const harness: ActionHarness = {
  kind: 'action',
  start: async () => ({ config: {}, async stop() {} }),
  skips: { received: reason, failNext: reason, hangNext: reason },
};
