import { it } from 'vitest';
import { describeWithPubSub, sharedEmulator } from '../services/pubsub.ts';
import { pubsubRuns } from './pubsub-runs.ts';

describeWithPubSub('recipes/ that read Pub/Sub', () => {
  for (const [name, run] of Object.entries(pubsubRuns)) {
    it(`${name} does what its comments say`, async () => run(await sharedEmulator()), 90_000);
  }
});
