import { afterAll, beforeAll, it } from 'vitest';
import { needs } from '../services/describe.ts';
import { type KafkaCluster, startKafka } from '../services/kafka.ts';
import { type Registry, sharedRegistry } from '../services/registry.ts';
import { kafkaRuns } from './kafka-runs.ts';

const describeWithServers = await needs('kafka', 'registry');

describeWithServers('recipes/', () => {
  // A broker of its own: recipes name their topics as a reader would.
  let kafka: KafkaCluster;
  let registry: Registry;
  beforeAll(async () => {
    [kafka, registry] = await Promise.all([startKafka(), sharedRegistry()]);
  }, 180_000);
  afterAll(() => kafka?.stop());

  for (const [name, run] of Object.entries(kafkaRuns))
    it(`${name} does what its comments say`, () => run(kafka, registry), 90_000);
});
