import { afterAll, beforeAll, describe, it } from 'vitest';
import { type FakeAws, startFauxqs } from '../services/fauxqs.ts';
import { sqsRuns } from './sqs-runs.ts';

describe('recipes/ that read SQS', () => {
  let server: FakeAws;
  beforeAll(async () => {
    server = await startFauxqs();
  });
  afterAll(() => server.stop());

  for (const [name, run] of Object.entries(sqsRuns)) {
    it(`${name} does what its comments say`, () => run(server), 90_000);
  }
});
