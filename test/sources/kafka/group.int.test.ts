import { afterEach, beforeAll, expect, it } from 'vitest';
import { needs } from '../../services/describe.ts';
import { type KafkaCluster, sharedKafka } from '../../services/kafka.ts';
import { eventually, LATEST, Run, range, sorted, stopRuns, topicOn } from './world.ts';

const describeWithKafka = await needs('kafka');
const PATIENCE = 90_000;

describeWithKafka('a place in a group', () => {
  let kafka: KafkaCluster;

  beforeAll(async () => {
    kafka = await sharedKafka();
  }, 120_000);

  afterEach(stopRuns, PATIENCE);

  const groupOf = (topic: { name: string }) => `group-${topic.name}`;
  const configOf = (topic: { name: string }, properties: object = {}, more: object = {}) => ({
    connection: {
      bootstrap: kafka.plaintext,
      consumer_config: { 'heartbeat.interval.ms': 300, ...properties },
    },
    topics: topic.name,
    group_id: groupOf(topic),
    format: 'json',
    ...more,
  });
  // Guard: a leader that shares out its own topics only leaves the others to nobody.
  it(
    'may read other topics than its other members do',
    async () => {
      const topics = await Promise.all([
        topicOn(kafka, { partitions: 2 }),
        topicOn(kafka, { partitions: 2 }),
      ]);
      const [one, other] = topics as [(typeof topics)[0], (typeof topics)[0]];
      const start = (topic: typeof one) =>
        new Run({ config: configOf(topic, {}, { group_id: groupOf(one) }) });
      const runs = [start(one), start(other)] as const;
      const assigned = (topic: typeof one) => [`${topic.name}-0`, `${topic.name}-1`];
      await eventually(() =>
        [one, other].every((topic, i) => partitionsOf(runs[i] as Run).join() === assigned(topic).join()),
      );
      await one.put(range(0, 10), 2);
      await other.put(range(0, 20), 2);
      await eventually(() => runs[0].pipeline.stats.acted === 10 && runs[1].pipeline.stats.acted === 20);
      await Promise.all(runs.map((run) => run.stop()));
    },
    PATIENCE,
  );

  const partitionsOf = (run: Run) => run.pipeline.parts?.source.partitions?.() ?? [];
  const share = async (total: number, ...runs: readonly Run[]) => {
    await eventually(() => {
      const all = runs.flatMap(partitionsOf);
      return (
        all.length === total &&
        new Set(all).size === total &&
        runs.every((run) => partitionsOf(run).length > 0)
      );
    });
  };

  it(
    'processes come and go: every event is acted on, in the order of its partition, and what was done is not repeated',
    async () => {
      const topic = await topicOn(kafka, { partitions: 6 });
      const acted: { n: number; by: number }[] = [];
      const start = (by: number) =>
        new Run({
          config: configOf(topic),
          options: { commitIntervalMs: 20 },
          act: async ({ data }) => {
            await new Promise((resolve) => setTimeout(resolve, 1));
            acted.push({ n: (data as { n: number }).n, by });
          },
        });
      const first = start(1);
      await first.until(() => first.pipeline.health().ready);
      let n = 0;
      const produce = async () => {
        await topic.put(range(n, n + 300), 6);
        n += 300;
      };
      await produce();
      const second = start(2);
      await produce();
      await share(6, first, second);
      const third = start(3);
      await produce();
      await share(6, first, second, third);
      await second.stop();
      await produce();
      await share(6, first, third);
      await eventually(() => new Set(acted.map((one) => one.n)).size === n);
      await Promise.all([first.stop(), third.stop()]);
      expect(sorted([...new Set(acted.map((one) => one.n))])).toEqual(range(0, n));
      // At most the one record that the engine holds in its hand when partitions leave.
      expect(acted.length - n).toBeLessThanOrEqual(6);
      for (let partition = 0; partition < 6; partition += 1) {
        const firsts = [...new Set(acted.filter((one) => one.n % 6 === partition).map((one) => one.n))];
        expect(firsts).toEqual(sorted(firsts));
      }
      expect((await topic.committed(groupOf(topic))).reduce((sum, offset) => sum + offset, 0)).toBe(n);
      expect(new Set(acted.map((one) => one.by)).size).toBe(3);
    },
    PATIENCE,
  );

  it(
    'a handler slower than the session: it keeps its place, and its event is committed',
    async () => {
      const topic = await topicOn(kafka);
      await topic.put(range(0, 3));
      const run = new Run({
        config: configOf(topic, { 'session.timeout.ms': 6000 }),
        act: ({ data }) =>
          (data as { n: number }).n === 1 ? new Promise((resolve) => setTimeout(resolve, 9_000)) : undefined,
      });
      await run.until(() => run.events.length === 3);
      await eventually(async () => (await topic.committed(groupOf(topic)))[0] === 3);
      expect(run.numbers).toEqual([0, 1, 2]);
      expect(run.said).not.toMatch(/again|lost/);
      expect(run.pipeline.stats.stale).toBe(0);
    },
    PATIENCE,
  );

  // Guard: it went on acting on partitions that another member had by then, for as long as a rebalance may take.
  it(
    'a process that stood still for longer than the session gives up at once what it had, and joins again',
    async () => {
      const topic = await topicOn(kafka);
      await topic.put(range(0, 200));
      const run = new Run({
        config: configOf(topic, { 'session.timeout.ms': 6000 }),
        options: { concurrency: 1 },
        act: () => new Promise((resolve) => setTimeout(resolve, 20)),
      });
      await run.until(() => run.events.length >= 20);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 8_000);
      const before = run.events.length;
      await run.until(() => /stood still for \d+ s/.test(run.said));
      const { pipeline } = run;
      await run.until(() => partitionsOf(run).length === 0 || pipeline.stats.inFlight === 0);
      expect(run.events.length - before).toBeLessThan(10);
      await run.until(() => new Set(run.numbers).size === 200);
    },
    PATIENCE,
  );

  it(
    'an outcome that comes after the partition is gone is dropped, counted, and never committed',
    async () => {
      const topic = await topicOn(kafka, { partitions: 2 });
      await topic.put([0, 1], 2);
      let release: () => void = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const slow = { 'max.poll.interval.ms': 6000, 'session.timeout.ms': 6000 };
      const first = new Run({ config: configOf(topic, slow), act: () => held });
      await first.until(() => first.events.length === 2);
      const second = new Run({ config: configOf(topic, slow) });
      // The first one gives up both partitions with their events in work.
      await second.until(() => second.events.length > 0);
      expect(first.pipeline.stats.stale).toBe(0);
      release();
      await eventually(() => first.pipeline.stats.stale === 2);
      await eventually(async () => (await topic.committed(groupOf(topic))).join() === '1,1');
    },
    PATIENCE,
  );

  it(
    'commitOffsets while the group rebalances: the consumer lives on',
    async () => {
      const topic = await topicOn(kafka, { partitions: 4 });
      const first = new Run({ config: configOf(topic), options: { commitIntervalMs: 1 } });
      await first.until(() => first.pipeline.health().ready);
      let n = 0;
      for (let round = 0; round < 3; round += 1) {
        const other = new Run({ config: configOf(topic), options: { commitIntervalMs: 1 } });
        for (const end = n + 200; n < end; n += 40) await topic.put(range(n, n + 40), 4);
        await share(4, first, other);
        await other.stop();
        await share(4, first);
      }
      await topic.put(range(n, n + 40), 4);
      n += 40;
      await eventually(async () => (await topic.committed(groupOf(topic))).reduce((a, b) => a + b, 0) === n);
      expect(first.over).toBe(false);
    },
    PATIENCE,
  );

  it(
    'a consumer that ends by itself is made anew, and goes on where the group stands',
    async () => {
      const topic = await topicOn(kafka);
      await topic.put(range(0, 3));
      const run = new Run({ config: configOf(topic) });
      await run.until(() => run.events.length === 3);
      await eventually(async () => (await topic.committed(groupOf(topic)))[0] === 3);
      const { source } = run.pipeline.parts as unknown as {
        source: { reading: { member: { fail(error: Error): void } } };
      };
      source.reading.member.fail(new Error('ended by a test'));
      await topic.put(range(3, 6));
      await run.until(() => run.events.length >= 6);
      expect(run.numbers).toEqual(range(0, 6));
      expect(run.said).toMatch(/the place in group .* was lost: .*ended by a test/);
    },
    PATIENCE,
  );

  it(
    'kafkajs reads on somewhere else: the position is found again, and nothing is skipped',
    async () => {
      const topic = await topicOn(kafka);
      await topic.put(range(0, 3));
      const run = new Run({ config: configOf(topic) });
      await run.until(() => run.events.length === 3);
      const { source } = run.pipeline.parts as unknown as {
        source: { reading: { member: { consumer: { seek(to: object): void } } } };
      };
      source.reading.member.consumer.seek({ topic: topic.name, partition: 0, offset: '5' });
      await topic.put(range(3, 9));
      // The fetch that is under way may bring all of them before the jump is noticed.
      const noticed = () => /joins group .* again: the position in .*-0 was lost/.test(run.said);
      const seen = () => [...new Set(run.numbers)];
      await run.until(() => seen().length >= 9 && noticed());
      // What was not committed yet may come again.
      expect(seen()).toEqual(range(0, 9));
    },
    PATIENCE,
  );

  it('a member of another client, which shares by range or round robin, can be in the same group', async () => {
    const topic = await topicOn(kafka, { partitions: 2 });
    const run = new Run({ config: configOf(topic), start: LATEST });
    await run.until(() => run.pipeline.health().ready);
    const admin = kafka.oracle().admin();
    await admin.connect();
    const { groups } = await admin.describeGroups([groupOf(topic)]);
    await admin.disconnect();
    expect(groups[0]?.protocol).toBe('roundrobin');
  });

  it('a stop with a fetch under way ends and leaves the group', async () => {
    const topic = await topicOn(kafka);
    await topic.put([0]);
    const run = new Run({ config: configOf(topic) });
    await run.until(() => run.events.length === 1);
    expect(await run.stop()).toMatchObject({ exitCode: 0 });
    expect(await topic.committed(groupOf(topic))).toEqual([1]);
    const admin = kafka.oracle().admin();
    await admin.connect();
    await eventually(
      async () => (await admin.describeGroups([groupOf(topic)])).groups[0]?.members.length === 0,
    );
    await admin.disconnect();
  });

  it(
    'a topic that does not exist yet is waited for',
    async () => {
      const name = `late-${Date.now()}-${Math.random().toString(36).slice(2)}`;
      const run = new Run({ config: configOf({ name }) });
      await run.until(() => /warn: .*does not exist/.test(run.said));
      expect(run.said).toContain(`topic ${name} does not exist`);
      await kafka.createTopic(name, { partitions: 1 });
      const producer = kafka.oracle().producer();
      await producer.connect();
      await producer.send({ topic: name, messages: [{ value: '{"n":1}' }] });
      await producer.disconnect();
      await run.until(() => run.events.length === 1);
    },
    PATIENCE,
  );

  it.each([
    ['a wrong password', { 'sasl.password': 'wrong' }, /did not accept user "alice"/],
    [
      'a mechanism that is not enabled',
      { 'sasl.mechanism': 'SCRAM-SHA-256', 'sasl.password': 'no' },
      /did not accept|does not offer/,
    ],
  ])(
    '%s ends the pipeline with an explanation',
    async (_, properties, message) => {
      const topic = await topicOn(kafka);
      const sasl = {
        'security.protocol': 'SASL_PLAINTEXT',
        'sasl.mechanism': 'PLAIN',
        'sasl.username': 'alice',
        ...properties,
      };
      const run = new Run({
        config: { ...configOf(topic), connection: { bootstrap: kafka.sasl, consumer_config: sasl } },
      });
      const end = await run.ended;
      expect(end).toMatchObject({ exitCode: 5 });
      expect(end.reason).toMatch(message);
    },
    PATIENCE,
  );

  it(
    'no right to the group: ends with an explanation, though kafkajs only logs it; likewise to the topic',
    async () => {
      const topic = await topicOn(kafka);
      const bob = {
        'security.protocol': 'SASL_PLAINTEXT',
        'sasl.mechanism': 'PLAIN',
        'sasl.username': 'bob',
        'sasl.password': 'bob-secret',
      };
      const config = { ...configOf(topic), connection: { bootstrap: kafka.sasl, consumer_config: bob } };
      const noTopic = await new Run({ config }).ended;
      expect(noTopic).toMatchObject({ exitCode: 5 });
      expect(noTopic.reason).toMatch(/may not use the topic/);
      await kafka.grant('bob', { topic: topic.name, to: 'read' });
      const other = await topicOn(kafka);
      const ofTwo = await new Run({ config: { ...config, topics: [topic.name, other.name] } }).ended;
      expect(ofTwo.reason).toMatch(`cannot read ${other.name} as group`);
      const noGroup = await new Run({ config }).ended;
      expect(noGroup).toMatchObject({ exitCode: 5 });
      expect(noGroup.reason).toMatch(/may not use the consumer group/);
      await kafka.grant('bob', { group: groupOf(topic) });
      await topic.put([1]);
      const run = new Run({ config });
      await run.until(() => run.events.length === 1);
      // Taken away while it runs.
      await kafka.revoke('bob', { group: groupOf(topic) });
      expect(await run.ended).toMatchObject({ exitCode: 5 });
    },
    PATIENCE,
  );

  it(
    'a broker that speaks TLS where the recipe does not say so is told as what it may be',
    async () => {
      const topic = await topicOn(kafka);
      const run = new Run({ config: { ...configOf(topic), connection: { bootstrap: kafka.tls } } });
      await run.until(() => /warn: .*TLS/.test(run.said));
      await run.stop();
    },
    PATIENCE,
  );
});
