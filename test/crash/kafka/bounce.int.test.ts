import { afterEach, beforeEach, expect, it } from 'vitest';
import { needs } from '../../services/describe.ts';
import { type KafkaCluster, sharedKafka } from '../../services/kafka.ts';
import { BOUND, Fleet } from './fleet.ts';
import { seeded } from './seeded.ts';
import { Writer } from './writer.ts';

const describeWithKafka = await needs('kafka');
const NIGHTLY = process.env['EVRUN_NIGHTLY'] === '1';
const NAMES = ['a', 'b', 'c'];
const PARTITIONS = 12;

/**
 * One of three processes of a group is stopped or killed and started again, over and over, while events are written.
 * Guards that it proves: committing what is not finished shows as missing, not committing when partitions are taken
 * away as repeats after a clean stop, not waiting for what is in work as disorder.
 */
describeWithKafka('three processes in a group', () => {
  let kafka: KafkaCluster;
  let fleet: Fleet;
  let writer: Writer;

  beforeEach(async () => {
    kafka = await sharedKafka();
    const topic = `bounce-${crypto.randomUUID()}`;
    await kafka.createTopic(topic, { partitions: PARTITIONS });
    fleet = new Fleet(kafka.plaintext, { topic, group: topic });
    writer = new Writer(kafka.plaintext, topic);
    for (const name of NAMES) fleet.start(name);
    for (const name of NAMES) await fleet.works(name);
  }, 600_000);

  afterEach(async () => {
    await writer.stop();
    await fleet.remove();
  });

  async function settled() {
    await writer.stop();
    await fleet.caughtUp();
    await fleet.stopAll();
    expect(await fleet.uncommitted()).toBe(0);
    return fleet.audit();
  }

  it('stopped in good order one after the other: nothing is missing, nothing repeats, keys keep their order', async () => {
    for (let round = 0; round < (NIGHTLY ? 20 : 2); round += 1) {
      const name = NAMES[round % NAMES.length] as string;
      await fleet.stop(name);
      await fleet.progress(200);
      fleet.start(name);
      await fleet.works(name);
    }
    expect(await settled()).toEqual({ missing: [], repeats: 0, disordered: [] });
  }, 600_000);

  it('stopped or killed at random: nothing is missing, repeats are within the bound, keys keep their order', async () => {
    const random = seeded(1);
    let kills = 0;
    for (let round = 0; round < (NIGHTLY ? 40 : 4); round += 1) {
      const name = NAMES[Math.floor(random() * NAMES.length)] as string;
      if (random() < 0.7) {
        await fleet.kill(name);
        kills += 1;
      } else await fleet.stop(name);
      await fleet.progress(Math.floor(random() * 400));
      fleet.start(name);
      await fleet.works(name);
    }
    const { missing, repeats, disordered } = await settled();
    expect(kills).toBeGreaterThan(0);
    expect(missing).toEqual([]);
    expect(repeats).toBeLessThanOrEqual(kills * BOUND);
    expect(disordered).toEqual([]);
  }, 600_000);

  it('with a fourth that comes and goes: a rebalance every few seconds costs nothing', async () => {
    for (let round = 0; round < (NIGHTLY ? 20 : 2); round += 1) {
      fleet.start('d');
      await fleet.works('d');
      await fleet.stop('d');
      await fleet.progress(100);
    }
    expect(await settled()).toEqual({ missing: [], repeats: 0, disordered: [] });
  }, 600_000);
});
