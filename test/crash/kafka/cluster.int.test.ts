import { afterEach, expect, it } from 'vitest';
import { needs } from '../../services/describe.ts';
import { type KafkaCluster, startKafka } from '../../services/kafka.ts';
import { BOUND, Fleet } from './fleet.ts';
import { Writer } from './writer.ts';

const describeWithKafka = await needs('kafka');
const NODES = process.env['EVRUN_NIGHTLY'] === '1' ? [1, 2, 3, 1, 2, 3] : [1, 2];

describeWithKafka('a cluster of three nodes', () => {
  let kafka: KafkaCluster | undefined;
  let fleet: Fleet | undefined;
  afterEach(async () => {
    await fleet?.remove();
    await kafka?.stop();
  }, 60_000);

  it('that loses one node after the other: leaders and the coordinator move, nothing is missing', async () => {
    kafka = await startKafka({ nodes: 3 });
    await kafka.createTopic('moves', { partitions: 6 });
    fleet = new Fleet(kafka.plaintext, { topic: 'moves', group: 'moves' });
    const writer = new Writer(kafka.plaintext, 'moves');
    fleet.start('a');
    fleet.start('b');
    await fleet.works('a');
    await fleet.works('b');
    for (const node of NODES) {
      await kafka.kill(node);
      await fleet.progress(400);
      await kafka.restart(node);
      await fleet.progress(200);
    }
    await writer.stop();
    await fleet.caughtUp();
    await fleet.stopAll();
    expect(await fleet.uncommitted()).toBe(0);
    const { missing, repeats, disordered } = await fleet.audit();
    expect(missing).toEqual([]);
    // Each loss may make every member join again without having committed.
    expect(repeats).toBeLessThanOrEqual(NODES.length * 2 * BOUND);
    expect(disordered).toEqual([]);
  }, 600_000);
});
