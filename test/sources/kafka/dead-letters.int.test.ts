import { afterEach, beforeAll, expect, it } from 'vitest';
import { readTopic } from '../../actions/kafka/kit.ts';
import { needs } from '../../services/describe.ts';
import { type KafkaCluster, sharedKafka } from '../../services/kafka.ts';
import { fresh, quickClock, Run, stopRuns, Topic, topicOn } from './world.ts';

const describeWithKafka = await needs('kafka');

describeWithKafka('dead letters in a topic', () => {
  let kafka: KafkaCluster;

  beforeAll(async () => {
    kafka = await sharedKafka();
  }, 120_000);

  afterEach(stopRuns);

  const BOB = {
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': 'PLAIN',
    'sasl.username': 'bob',
    'sasl.password': 'bob-secret',
  };

  const configOf = (topic: Topic, dead: string, connection: object = { bootstrap: kafka.plaintext }) => ({
    connection,
    topics: topic.name,
    group_id: `group-${topic.name}`,
    format: 'json',
    dead_letter_topic: dead,
  });

  async function letters(topic: Topic) {
    const seen = await readTopic(kafka, topic.name);
    return seen.map(({ key, value }) => ({ key, ...JSON.parse(value ?? 'null') }));
  }

  /** A topic whose limit the user may not ask for, and one to read. */
  async function bobsTopics(config: Record<string, string>): Promise<[Topic, Topic]> {
    const [topic, dead] = [await topicOn(kafka), await topicOn(kafka, { config })];
    await kafka.grant('bob', { topic: topic.name, to: 'read' });
    await kafka.grant('bob', { topic: dead.name, to: 'write' });
    await kafka.grant('bob', { group: `group-${topic.name}` });
    return [topic, dead];
  }

  it.each(['known', 'only known to the broker'])(
    'too large for the topic, whose limit is %s: are there without their bytes or event, and the pipeline goes on',
    async (limit) => {
      const config = { 'max.message.bytes': '3000' };
      const [topic, dead] =
        limit === 'known'
          ? [await topicOn(kafka), await topicOn(kafka, { config })]
          : await bobsTopics(config);
      const connection =
        limit === 'known' ? { bootstrap: kafka.plaintext } : { bootstrap: kafka.sasl, consumer_config: BOB };
      const text = 'x'.repeat(2500);
      await topic.send([
        { value: `not JSON ${text}` },
        { value: JSON.stringify({ n: 7, text: text + text }) },
        { value: '{"n":7}', headers: { long: text + text } },
        { value: '{"n":8}' },
      ]);
      const run = new Run({
        config: configOf(topic, dead.name, connection),
        untilCaughtUp: true,
        options: { retryCount: 0 },
        act: ({ data }) => {
          if ((data as { n: number }).n === 7) throw new Error('no sevens');
        },
      });
      expect(await run.ended).toMatchObject({ exitCode: 0, reason: 'end of source' });
      expect(await topic.committed(`group-${topic.name}`)).toEqual([4]);
      // The file has all of it.
      expect(run.letters.letters[0]?.evrun.raw).toBe(Buffer.from(`not JSON ${text}`).toString('base64'));
      const because = expect.stringContaining('failed_events.log');
      const [poison, large, headers] = await letters(dead);
      expect(poison).toMatchObject({
        key: `${topic.name}:0:0`,
        event: null,
        evrun: { step: 'decode', left_out: ['raw'], left_out_because: because },
      });
      expect(poison.evrun.raw).toBeUndefined();
      expect(large).toMatchObject({
        event_type: expect.any(String),
        event: null,
        meta: { kafka: { topic: topic.name, partition: 0, offset: 1, timestamp: expect.any(Number) } },
        evrun: { error: { message: 'no sevens' }, left_out: ['event'], left_out_because: because },
      });
      expect(headers).toMatchObject({
        meta: { kafka: { topic: topic.name, partition: 0, offset: 2 } },
        evrun: { error: { message: 'no sevens' }, left_out: expect.arrayContaining(['event', 'headers']) },
      });
      expect(run.said.match(/warn: a dead letter is larger than topic .* without its raw/g)).toHaveLength(1);
    },
    60_000,
  );

  it('of which the topic takes nothing at all are in the file, and the pipeline goes on', async () => {
    const [topic, dead] = [
      await topicOn(kafka),
      await topicOn(kafka, { config: { 'max.message.bytes': '300' } }),
    ];
    await topic.send([{ value: 'not JSON' }, { value: '{"n":8}' }]);
    const run = new Run({ config: configOf(topic, dead.name), untilCaughtUp: true });
    expect(await run.ended).toMatchObject({ exitCode: 0 });
    expect(run.letters.letters).toHaveLength(1);
    expect(run.said).toMatch(
      /warn: a dead letter is larger .* it is not there; failed_events.log has all of it/,
    );
  });

  it('whose topic is missing are told of at the start, by name, and the pipeline waits for it', async () => {
    const topic = await topicOn(kafka);
    await topic.send([{ value: 'not JSON' }]);
    const dead = fresh('missing');
    const run = new Run({ config: configOf(topic, dead), untilCaughtUp: true });
    const sentence = new RegExp(
      `warn: cannot read .*: cannot write dead letters to topic ${dead} \\(dead_letter_topic\\): .* does not exist.* Create it`,
    );
    await run.until(() => sentence.test(run.said));
    expect(run.pipeline.health().ready).toBe(false);
    expect(run.events).toHaveLength(0);
    await kafka.createTopic(dead);
    expect(await run.ended).toMatchObject({ exitCode: 0 });
    expect(await letters(new Topic(kafka, dead))).toHaveLength(1);
  });

  it('whose topic never comes end the pipeline with exit code 5 after a minute, also where a source topic is missing', async () => {
    const dead = fresh('missing');
    const first = new Run({ config: configOf(await topicOn(kafka), dead), clock: quickClock() });
    expect(await first.ended).toMatchObject({
      exitCode: 5,
      reason: expect.stringMatching(`gave up after .* topic ${dead} \\(dead_letter_topic\\)`),
    });
    const there = await topicOn(kafka);
    const second = new Run({
      config: { ...configOf(there, there.name), topics: fresh('missing') },
      clock: quickClock(),
    });
    expect(await second.ended).toMatchObject({ exitCode: 5, reason: expect.stringMatching('gave up after') });
  }, 60_000);

  it('that the user may not write end the pipeline with exit code 5, by the name of the topic', async () => {
    const [topic] = await bobsTopics({});
    await topic.send([{ value: 'not JSON' }]);
    const connection = { bootstrap: kafka.sasl, consumer_config: BOB };
    const [unseen, seen] = [await topicOn(kafka), await topicOn(kafka)];
    await kafka.grant('bob', { topic: seen.name, to: 'read' });
    for (const dead of [unseen, seen]) {
      const run = new Run({ config: configOf(topic, dead.name, connection), untilCaughtUp: true });
      expect(await run.ended).toMatchObject({
        exitCode: 5,
        reason: expect.stringMatching(
          `cannot write dead letters to topic ${dead.name} \\(dead_letter_topic\\): .*may not write to it. Grant WRITE`,
        ),
      });
    }
    expect(await topic.committed(`group-${topic.name}`)).not.toContain(1);
  });
});
