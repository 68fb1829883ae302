import type { ActionHarness } from '../../contract/harness.ts';

const reason = 'a log line cannot fail or hang, and the log is not the suite’s to read';

export const harness: ActionHarness = {
  kind: 'action',
  start: async () => ({ config: {}, async stop() {} }),
  skips: { received: reason, failNext: reason, hangNext: reason },
};
