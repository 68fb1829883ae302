import { afterEach, beforeAll, expect, it } from 'vitest';
import { needs } from '../../services/describe.ts';
import { type KafkaCluster, sharedKafka } from '../../services/kafka.ts';
import { EARLIEST, eventually, LATEST, Run, range, sorted, stopRuns, type Topic, topicOn } from './world.ts';

const describeWithKafka = await needs('kafka');

describeWithKafka('the position in Kafka', () => {
  let kafka: KafkaCluster;

  beforeAll(async () => {
    kafka = await sharedKafka();
  }, 120_000);

  afterEach(stopRuns);

  const groupOf = (topic: Topic) => `group-${topic.name}`;
  const configOf = (topic: Topic, more: object = {}) => ({
    connection: { bootstrap: kafka.plaintext },
    topics: topic.name,
    group_id: groupOf(topic),
    format: 'json',
    ...more,
  });
  const caughtUp = async (topic: Topic, more: Partial<ConstructorParameters<typeof Run>[0]> = {}) => {
    const run = new Run({ config: configOf(topic), untilCaughtUp: true, ...more });
    expect(await run.ended).toMatchObject({ exitCode: 0 });
    return run;
  };

  it('a fresh group stores where it begins before the first record, so that nothing is skipped', async () => {
    const topic = await topicOn(kafka, { partitions: 2 });
    await topic.put(range(0, 4), 2);
    // Begins at the end, and ends without having seen a record.
    const first = new Run({ config: configOf(topic), start: LATEST });
    await first.until(() => first.pipeline.health().ready);
    await first.stop();
    expect(await topic.committed(groupOf(topic))).toEqual([2, 2]);
    await topic.put(range(4, 8), 2);
    const second = await caughtUp(topic, { start: LATEST });
    expect(sorted(second.numbers)).toEqual(range(4, 8));
  });

  it('a time is found by the index of the broker', async () => {
    const topic = await topicOn(kafka);
    await topic.send(
      range(0, 10).map((n) => ({ value: `{"n":${n}}`, timestamp: String(1_700_000_000_000 + n * 1000) })),
    );
    const start = { point: { at: 'time', time: 1_700_000_006_500 }, ignoreStored: false } as const;
    expect((await caughtUp(topic, { start })).numbers).toEqual([7, 8, 9]);
  });

  it('a reset begins anew, and stores where before the first record', async () => {
    const topic = await topicOn(kafka);
    await topic.put(range(0, 10));
    await caughtUp(topic);
    const reset = new Run({
      config: configOf(topic),
      start: { ...EARLIEST, ignoreStored: true },
      act: () => new Promise(() => {}),
    });
    await reset.until(() => reset.events.length > 0);
    expect(await topic.committed(groupOf(topic))).toEqual([0]);
    await reset.stop();
    expect((await caughtUp(topic)).numbers).toEqual(range(0, 10));
  });

  it('--max-events 7: exactly seven are acted on and committed', async () => {
    const topic = await topicOn(kafka);
    await topic.put(range(0, 20));
    const run = new Run({ config: configOf(topic), limits: { maxEvents: 7 } });
    expect((await run.ended).reason).toBe('--max-events 7 reached');
    expect(run.numbers).toEqual(range(0, 7));
    expect(await topic.committed(groupOf(topic))).toEqual([7]);
  });

  it('--until: what is not older stays for the next run', async () => {
    const topic = await topicOn(kafka, { partitions: 2 });
    const at = (n: number) => String(1_700_000_000_000 + n * 1000);
    await topic.send(range(0, 10).map((n) => ({ value: `{"n":${n}}`, timestamp: at(n), partition: n % 2 })));
    const run = new Run({ config: configOf(topic), limits: { until: 1_700_000_006_000 } });
    expect((await run.ended).reason).toMatch(/--until/);
    expect(sorted(run.numbers)).toEqual(range(0, 6));
    expect(await topic.committed(groupOf(topic))).toEqual([3, 3]);
  });

  it('a dry run joins no group and commits nothing, and begins where the group stands', async () => {
    const topic = await topicOn(kafka);
    await topic.put(range(0, 5));
    await caughtUp(topic, { limits: { maxEvents: 2 } });
    const run = await caughtUp(topic, { dryRun: true });
    expect(run.pipeline.stats.read).toBe(3);
    expect(await topic.committed(groupOf(topic))).toEqual([2]);
    const admin = kafka.oracle().admin();
    await admin.connect();
    const { groups } = await admin.describeGroups([groupOf(topic)]);
    await admin.disconnect();
    expect(groups[0]?.members).toEqual([]);
  });

  it('a dry run needs no right but those of the pipeline, leaves no group, and two at once read all', async () => {
    const topic = await topicOn(kafka, { partitions: 3 });
    await topic.put(range(0, 30), 3);
    await kafka.grant('bob', { topic: topic.name, to: 'read' });
    await kafka.grant('bob', { group: groupOf(topic) });
    const consumer_config = {
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'PLAIN',
      'sasl.username': 'bob',
      'sasl.password': 'bob-secret',
    };
    const config = { ...configOf(topic), connection: { bootstrap: kafka.sasl, consumer_config } };
    const runs = [0, 1].map(() => new Run({ config, dryRun: true, untilCaughtUp: true }));
    for (const run of runs) {
      expect(await run.ended).toMatchObject({ exitCode: 0 });
      expect(run.pipeline.stats.read).toBe(30);
    }
    const admin = kafka.oracle().admin();
    await admin.connect();
    const { groups } = await admin.listGroups();
    await admin.disconnect();
    expect(groups.filter(({ groupId }) => groupId.includes(topic.name))).toEqual([]);
  });

  it('acknowledge A, B, D and leave C, E: after a restart C and E come again, and D does not', async () => {
    const topic = await topicOn(kafka);
    await topic.put(range(0, 5));
    const acknowledged = new Set([0, 1, 3]);
    const first = new Run({
      config: configOf(topic),
      options: { orderBy: 'none', shutdownTimeoutMs: 300 },
      act: ({ data }) => (acknowledged.has((data as { n: number }).n) ? undefined : new Promise(() => {})),
    });
    await first.until(() => first.pipeline.stats.acted === 3);
    await first.stop();
    expect(await topic.committed(groupOf(topic))).toEqual([2]);
    const second = await caughtUp(topic);
    expect(second.numbers).toEqual([2, 4]);
    expect(await topic.stored(groupOf(topic))).toEqual([{ partition: 0, offset: '5', metadata: null }]);
  });

  it('what was finished out of order is not forgotten by the commits of the next run', async () => {
    const topic = await topicOn(kafka);
    await topic.put(range(0, 8));
    const pick = (done: readonly number[]) => async () => {
      const run = new Run({
        config: configOf(topic),
        options: { orderBy: 'none', shutdownTimeoutMs: 300 },
        act: ({ data }) => (done.includes((data as { n: number }).n) ? undefined : new Promise(() => {})),
      });
      await run.until(() => run.pipeline.stats.acted === done.length);
      await run.stop();
    };
    await pick([2, 6])();
    await pick([0, 4])();
    expect((await caughtUp(topic)).numbers).toEqual([1, 3, 5, 7]);
  });

  it('a foreign metadata string is left alone', async () => {
    const topic = await topicOn(kafka);
    await topic.put(range(0, 4));
    const admin = kafka.oracle().admin();
    await admin.connect();
    const partitions = [{ partition: 0, offset: '1', metadata: 'kept by another' }];
    await admin.setOffsets({ groupId: groupOf(topic), topic: topic.name, partitions });
    await admin.disconnect();
    const before = (await topic.stored(groupOf(topic)))[0]?.metadata;
    const run = await caughtUp(topic);
    expect(run.numbers).toEqual([1, 2, 3]);
    expect((await topic.stored(groupOf(topic)))[0]?.metadata).toBe(before);
  });

  it('committing a lower offset is accepted by a broker, and never done', async () => {
    const topic = await topicOn(kafka);
    await topic.put(range(0, 6));
    const run = new Run({ config: configOf(topic) });
    await run.until(() => run.events.length === 6);
    await eventually(async () => (await topic.committed(groupOf(topic)))[0] === 6);
    const source = run.pipeline.parts?.source;
    const partition = `${topic.name}-0`;
    await source?.commit?.([{ partition, epoch: 1, next: 3, doneBeyond: [] }]);
    // An outcome of an epoch that is over changes nothing either.
    await source?.commit?.([{ partition, epoch: 0, next: 6, doneBeyond: [] }]);
    expect(await topic.committed(groupOf(topic))).toEqual([6]);
  });

  it('committed offset out of range: says what is gone, and goes on at the first record that is kept', async () => {
    const topic = await topicOn(kafka);
    await topic.put(range(0, 10));
    await caughtUp(topic, { limits: { maxEvents: 2 } });
    await topic.deleteBefore(0, 6);
    const run = await caughtUp(topic, { start: LATEST });
    expect(run.numbers).toEqual(range(6, 10));
    expect(run.said).toMatch(/warn: .*from offset 2 up to 6 are not kept any more.*4 of them/);
  });

  it('partitions added: their first records are read', async () => {
    const topic = await topicOn(kafka);
    const config = configOf(topic, {
      connection: { bootstrap: kafka.plaintext, consumer_config: { 'metadata.max.age.ms': 1000 } },
    });
    const run = new Run({ config, start: LATEST });
    await run.until(() => run.pipeline.health().ready);
    await topic.grow(3);
    await topic.put(range(0, 9), 3);
    await run.until(() => new Set(run.numbers).size === 9);
    expect(sorted(run.numbers)).toEqual(range(0, 9));
    await run.stop();
    expect(await topic.committed(groupOf(topic))).toEqual([3, 3, 3]);
  });

  it('partitions added while nothing ran: their first records are read too', async () => {
    const topic = await topicOn(kafka);
    await topic.put([0]);
    await caughtUp(topic);
    await topic.grow(2);
    await topic.put(range(1, 5), 2);
    expect(sorted((await caughtUp(topic, { start: LATEST })).numbers)).toEqual(range(1, 5));
  });

  it('topic deleted and made again during a run: is read from its first record, under new ids', async () => {
    const topic = await topicOn(kafka);
    await topic.put(range(0, 5));
    const run = new Run({ config: configOf(topic), start: LATEST });
    await run.until(() => run.pipeline.health().ready);
    await topic.put(range(5, 8));
    await run.until(() => run.events.length === 3);
    await kafka.deleteTopic(topic.name);
    await run.until(() => !run.pipeline.health().ready);
    await kafka.createTopic(topic.name, { partitions: 1 });
    await topic.put([100, 101]);
    await run.until(() => run.events.length === 5);
    expect(run.numbers).toEqual([5, 6, 7, 100, 101]);
    expect(new Set(run.events.map(({ id }) => id)).size).toBe(5);
  });

  it('empty partitions, and such whose records are all deleted, are caught up', async () => {
    const topic = await topicOn(kafka, { partitions: 3 });
    await topic.send(range(0, 4).map((n) => ({ value: `{"n":${n}}`, partition: 1 })));
    await topic.deleteBefore(1, 4);
    const run = await caughtUp(topic);
    expect(run.numbers).toEqual([]);
    expect(await topic.committed(groupOf(topic))).toEqual([0, 4, 0]);
  });

  it('auto.offset.reset: earliest is a start; error begins nowhere by itself', async () => {
    const topic = await topicOn(kafka);
    await topic.put([0, 1]);
    const config = (reset: string) =>
      configOf(topic, {
        connection: { bootstrap: kafka.plaintext, consumer_config: { 'auto.offset.reset': reset } },
      });
    const strict = await new Run({ config: config('error'), start: LATEST }).ended;
    expect(strict.exitCode).toBe(1);
    expect(strict.reason).toMatch(/has no position for it, and auto.offset.reset: error/);
    expect((await caughtUp(topic, { config: config('earliest'), start: LATEST })).numbers).toEqual([0, 1]);
    expect((await caughtUp(topic, { config: config('error'), start: LATEST })).numbers).toEqual([]);
  });

  it('nothing new is said while the topic is quiet: an idle run ends', async () => {
    const topic = await topicOn(kafka);
    await topic.put([1]);
    const run = new Run({ config: configOf(topic), limits: { idleTimeoutMs: 700 } });
    expect((await run.ended).reason).toBe('idle for 0.7 s');
    expect(run.numbers).toEqual([1]);
  });
});
