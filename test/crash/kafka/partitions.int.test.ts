import { afterEach, expect, it } from 'vitest';
import { needs } from '../../services/describe.ts';
import { sharedKafka } from '../../services/kafka.ts';
import { Fleet } from './fleet.ts';
import { Writer } from './writer.ts';

const describeWithKafka = await needs('kafka');

describeWithKafka('partitions that are added while events are written', () => {
  let fleet: Fleet | undefined;
  afterEach(() => fleet?.remove());

  it('are read from their first record on: nothing is missing, nothing repeats', async () => {
    const kafka = await sharedKafka();
    const topic = `grows-${crypto.randomUUID()}`;
    await kafka.createTopic(topic, { partitions: 2 });
    fleet = new Fleet(kafka.plaintext, { topic, group: topic });
    const writer = new Writer(kafka.plaintext, topic);
    fleet.start('a');
    fleet.start('b');
    await fleet.works('a');
    await fleet.works('b');
    await kafka.addPartitions(topic, 5);
    // A writer that has just come knows them at once.
    const other = new Writer(kafka.plaintext, topic);
    const added = () => new Set(fleet?.lines().map(({ partition }) => partition)).size;
    await expect.poll(added, { timeout: 60_000, interval: 200 }).toBe(5);
    await Promise.all([writer.stop(), other.stop()]);
    await fleet.caughtUp();
    await fleet.stopAll();
    expect(await fleet.uncommitted()).toBe(0);
    expect(await fleet.audit()).toEqual({ missing: [], repeats: 0, disordered: [] });
  }, 180_000);
});
