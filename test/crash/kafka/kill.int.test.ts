import { afterEach, expect, it } from 'vitest';
import { needs } from '../../services/describe.ts';
import { sharedKafka } from '../../services/kafka.ts';
import { BOUND, Fleet } from './fleet.ts';
import { Writer } from './writer.ts';

const describeWithKafka = await needs('kafka');
const EVENTS = 600;

/** The guard is the frontier: let it pass an unfinished delivery, and events are missing. */
describeWithKafka('killed with SIGKILL between the action and the commit', () => {
  let fleet: Fleet | undefined;
  afterEach(() => fleet?.remove());

  for (const dieAfter of [1, 57, 333]) {
    it(`after ${dieAfter} events: nothing is missing, repeats are within the bound, keys keep their order`, async () => {
      const kafka = await sharedKafka();
      const topic = `kill-${crypto.randomUUID()}`;
      await kafka.createTopic(topic, { partitions: 3 });
      const writer = new Writer(kafka.plaintext, topic, { perSecond: 5_000 });
      await expect.poll(() => writer.written, { timeout: 60_000 }).toBeGreaterThanOrEqual(EVENTS);
      await writer.stop();
      fleet = new Fleet(kafka.plaintext, { topic, group: topic });
      const { signal } = await fleet.start('a', { DIE_AFTER: String(dieAfter) }).ended;
      expect(signal).toBe('SIGKILL');
      expect(fleet.lines()).toHaveLength(dieAfter);
      fleet.start('a');
      await fleet.running('a');
      await fleet.caughtUp();
      await fleet.stopAll();
      expect(await fleet.uncommitted()).toBe(0);
      const { missing, repeats, disordered } = await fleet.audit();
      expect(missing).toEqual([]);
      expect(repeats).toBeLessThanOrEqual(Math.min(dieAfter, BOUND));
      expect(disordered).toEqual([]);
    }, 600_000);
  }
});
