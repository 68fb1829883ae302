import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../../services/describe.ts';
import { type KafkaCluster, startKafka } from '../../services/kafka.ts';
import { BOUND, Fleet } from './fleet.ts';
import { Writer } from './writer.ts';

const describeWithKafka = await needs('kafka');
const OUTAGES = process.env['EVRUN_NIGHTLY'] === '1' ? [10_000, 60_000] : [10_000];

describeWithKafka('a broker that is killed with SIGKILL', () => {
  let kafka: KafkaCluster | undefined;
  let fleet: Fleet | undefined;
  afterEach(async () => {
    await fleet?.remove();
    await kafka?.stop();
  }, 60_000);

  for (const outageMs of OUTAGES) {
    it(`for ${outageMs / 1000} s: the same process goes on, nothing is missing, repeats are within the bound`, async () => {
      kafka = await startKafka();
      await kafka.createTopic('outage', { partitions: 6 });
      fleet = new Fleet(kafka.plaintext, { topic: 'outage', group: 'outage' });
      const writer = new Writer(kafka.plaintext, 'outage');
      const member = fleet.start('a');
      await fleet.progress(300);
      await kafka.kill();
      await sleep(outageMs); // how long it is away is what is tested
      expect(member.child.exitCode).toBeNull();
      await kafka.restart();
      await fleet.progress(300);
      await writer.stop();
      await fleet.caughtUp();
      await fleet.stopAll();
      expect(await fleet.uncommitted()).toBe(0);
      const { missing, repeats, disordered } = await fleet.audit();
      expect(missing).toEqual([]);
      expect(repeats).toBeLessThanOrEqual(BOUND);
      expect(disordered).toEqual([]);
    }, 600_000);
  }
});
