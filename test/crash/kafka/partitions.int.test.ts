import { afterEach, expect, it } from 'vitest';
import { needs } from '../../services/describe.ts';
import { sharedKafka } from '../../services/kafka.ts';
import { Fleet } from './fleet.ts';
import { Writer } from './writer.ts';

const describeWithKafka = await needs('kafka');

/** The guard is that a partition which is new to the group begins at its first record, also with `start: latest`. */
describeWithKafka('partitions that are added while events are written', () => {
  let fleet: Fleet | undefined;
  afterEach(() => fleet?.remove());

  it('are read from their first record on: nothing is missing, nothing repeats', async () => {
    const kafka = await sharedKafka();
    const topic = `grows-${crypto.randomUUID()}`;
    await kafka.createTopic(topic, { partitions: 2 });
    // Beginning at the latest event, so that a new partition that is found late would be read from its end.
    fleet = new Fleet(kafka.plaintext, { topic, group: topic, start: 'latest' });
    fleet.start('a');
    fleet.start('b');
    await fleet.begun();
    const writer = new Writer(kafka.plaintext, topic);
    await fleet.works('a');
    await fleet.works('b');
    await kafka.addPartitions(topic, 5);
    // A writer that has just come knows them at once.
    const other = new Writer(kafka.plaintext, topic);
    const added = () => new Set(fleet?.lines().map(({ partition }) => partition)).size;
    await expect.poll(added, { timeout: 100_000, interval: 200 }).toBe(5);
    await Promise.all([writer.stop(), other.stop()]);
    await fleet.caughtUp();
    await fleet.stopAll();
    expect(await fleet.uncommitted()).toBe(0);
    expect(await fleet.audit()).toEqual({ missing: [], repeats: 0, disordered: [] });
  }, 600_000);
});
