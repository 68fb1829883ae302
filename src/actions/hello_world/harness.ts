import type { ActionHarness } from '../../contract/harness.ts';

const reason = 'it writes to the standard output of the process, which the suite shares';

export const harness: ActionHarness = {
  kind: 'action',
  start: async () => ({ config: {}, async stop() {} }),
  skips: {
    'acts on every event once where nothing fails': reason,
    received: reason,
    failNext: reason,
    hangNext: reason,
  },
};
