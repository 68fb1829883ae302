import { afterEach, expect, it } from 'vitest';
import { needs } from '../../services/describe.ts';
import { startKafka } from '../../services/kafka.ts';
import { eventually, Run, range, sorted, stopRuns, topicOn } from './world.ts';

const describeWithKafka = await needs('kafka');
const PATIENCE = 180_000;

describeWithKafka('a broker that is killed', () => {
  afterEach(stopRuns, PATIENCE);

  it(
    'broker down: is waited out with its events, and reading goes on as the same member',
    async () => {
      const kafka = await startKafka();
      try {
        const topic = await topicOn(kafka, { partitions: 2 });
        await topic.put(range(0, 20), 2);
        const config = {
          connection: { bootstrap: kafka.plaintext },
          topics: topic.name,
          group_id: `group-${topic.name}`,
          format: 'json',
        };
        const run = new Run({ config });
        await run.until(() => run.events.length === 20);
        await eventually(async () => (await topic.committed(config.group_id)).join() === '10,10');
        const source = () =>
          (run.pipeline.parts as unknown as { source: { reading: { member?: { memberId?: string } } } })
            .source;
        const name = source().reading.member?.memberId;
        await kafka.kill();
        await run.until(() => !run.pipeline.health().ready);
        expect(run.pipeline.health().reason).toMatch(/cannot read .* as group/);
        await kafka.restart();
        await topic.put(range(20, 40), 2);
        await run.until(() => new Set(run.numbers).size === 40);
        expect(sorted([...new Set(run.numbers)])).toEqual(range(0, 40));
        // Everything had been committed: nothing comes twice.
        expect(run.events).toHaveLength(40);
        // Under another name, the group would wait for the first one until its session is over.
        expect(source().reading.member?.memberId).toBe(name);
        await eventually(async () => (await topic.committed(config.group_id)).join() === '20,20');
      } finally {
        await stopRuns();
        await kafka.stop();
      }
    },
    PATIENCE,
  );

  it(
    'a broker that hangs is not ready until it answers again, also while the membership is made anew',
    async () => {
      const kafka = await startKafka();
      try {
        const topic = await topicOn(kafka);
        await topic.put([0]);
        const connection = {
          bootstrap: kafka.plaintext,
          consumer_config: { 'heartbeat.interval.ms': 300 },
        };
        const config = { connection, topics: topic.name, group_id: `group-${topic.name}`, format: 'json' };
        const run = new Run({ config });
        await run.until(() => run.events.length === 1 && run.pipeline.health().ready);
        const source = () =>
          (run.pipeline.parts as unknown as { source: { reading: { member?: object } } }).source;
        const before = source().reading.member;
        kafka.suspend();
        await run.until(() => !run.pipeline.health().ready);
        let ready = 0;
        await run.until(() => {
          if (run.pipeline.health().ready) ready += 1;
          return source().reading.member !== before;
        });
        // For a while of the join that hangs.
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        expect(run.pipeline.health()).toMatchObject({
          ready: false,
          reason: expect.stringMatching(/nothing was heard/),
        });
        expect(ready).toBe(0);
        kafka.resume();
        await topic.put([1]);
        await run.until(() => run.events.length >= 2 && run.pipeline.health().ready);
      } finally {
        kafka.resume();
        await stopRuns();
        await kafka.stop();
      }
    },
    PATIENCE,
  );

  it(
    'a stop while no broker is there ends in time, and says what was not stored',
    async () => {
      const kafka = await startKafka();
      try {
        const topic = await topicOn(kafka);
        await topic.put([0, 1]);
        const run = new Run({
          config: {
            connection: { bootstrap: kafka.plaintext },
            topics: topic.name,
            group_id: `group-${topic.name}`,
            format: 'json',
          },
          options: { commitIntervalMs: 600_000 },
        });
        await run.until(() => run.events.length === 2);
        await kafka.kill();
        const end = await run.stop();
        expect(end.exitCode).toBe(5);
        expect(run.said).toMatch(/warn: could not store the last position/);
      } finally {
        await kafka.stop();
      }
    },
    PATIENCE,
  );
});
