import { entityChange } from '../../../test/fakes/poll-api/events.mjs';
import { startPollApi } from '../../../test/fakes/poll-api/server.mjs';
import type { Event } from '../../contract/event.ts';
import type { SourceHarness } from '../../contract/harness.ts';

const TOPIC = 'PlatformEvent_v1';
const TOKEN = 'harness-token';

export const harness: SourceHarness = {
  kind: 'source',
  async start() {
    const api = await startPollApi({ token: TOKEN });
    return {
      config: { topics: TOPIC },
      datahub: { server: api.url, token: TOKEN },
      put: async (numbers) =>
        api.put(
          TOPIC,
          numbers.map((n) => entityChange(n)),
        ),
      putPoison: async () => api.put(TOPIC, ['{"name":"entityChangeEvent"}']),
      readN: (event: Event) => (event.data as { parameters: { n: number } }).parameters.n,
      breakDown: () => api.breakDown(),
      recover: () => api.recover(),
      stop: () => api.close(),
    };
  },
};
