import { afterEach, beforeAll, expect, it } from 'vitest';
import type { Event } from '../../../src/contract/event.ts';
import { createPrefilter } from '../../../src/support/lines/prefilter.ts';
import { needs } from '../../services/describe.ts';
import { type KafkaCluster, sharedKafka } from '../../services/kafka.ts';
import { eventually, fresh, LATEST, Run, range, sorted, stopRuns, topicOn } from './world.ts';

const kafkaOf = (event: Event | undefined) => event?.meta['kafka'] as Record<string, unknown>;

const describeWithKafka = await needs('kafka');

describeWithKafka('what a record becomes', () => {
  let kafka: KafkaCluster;

  beforeAll(async () => {
    kafka = await sharedKafka();
  }, 120_000);

  afterEach(stopRuns);

  const configOf = (topic: { name: string }, more: object = {}) => ({
    connection: { bootstrap: kafka.plaintext },
    topics: topic.name,
    group_id: `group-${topic.name}`,
    format: 'json',
    ...more,
  });

  it('meta has topic, partition, offset, timestamp, key and headers; the source names the topic', async () => {
    const topic = await topicOn(kafka);
    await topic.send([{ value: '{"n":1}', key: 'a', headers: { h: 'x' }, timestamp: '1700000000123' }]);
    const run = new Run({ config: configOf(topic), untilCaughtUp: true });
    await run.ended;
    const [event] = run.events;
    expect(event?.meta).toEqual({
      kafka: {
        topic: topic.name,
        partition: 0,
        offset: 0,
        timestamp: 1700000000123,
        key: 'a',
        headers: { h: 'x' },
      },
    });
    expect(event?.source).toBe(`/evrun/kafka/${topic.name}`);
  });

  it('duplicate headers are a list, text where it is UTF-8 and base64 in meta where it is not', async () => {
    const topic = await topicOn(kafka);
    const headers = { twice: ['a', 'b'], bytes: Buffer.from([0xff, 0xfe]), __proto__x: 'p', empty: '' };
    await topic.send([{ value: '{"n":1}', headers }]);
    const run = new Run({ config: configOf(topic), untilCaughtUp: true });
    await run.ended;
    expect(kafkaOf(run.events[0])['headers']).toEqual({
      twice: ['a', 'b'],
      bytes: '//4=',
      __proto__x: 'p',
      empty: '',
    });
  });

  it('a tombstone is an event without data, an empty value is poison', async () => {
    const topic = await topicOn(kafka);
    await topic.send([
      { value: null, key: 'gone' },
      { value: '', key: 'empty', headers: { h: 'x' } },
    ]);
    const run = new Run({ config: configOf(topic), untilCaughtUp: true });
    await run.ended;
    expect(run.events.map(({ data, meta }) => [data, (meta['kafka'] as { key: string }).key])).toEqual([
      [undefined, 'gone'],
    ]);
    expect(run.letters.letters[0]?.evrun).toMatchObject({
      step: 'decode',
      raw: '',
      key: 'empty',
      headers: { h: 'x' },
      position: { partition: `${topic.name}-0`, offset: 1 },
    });
  });

  it('a value of almost a megabyte passes', async () => {
    const topic = await topicOn(kafka);
    await topic.send([{ value: JSON.stringify({ n: 1, text: 'ä'.repeat(450_000) }) }]);
    await topic.put([2]);
    const run = new Run({ config: configOf(topic), untilCaughtUp: true });
    await run.ended;
    expect(run.numbers).toEqual([1, 2]);
    expect(run.events[0]?.data).toEqual({ n: 1, text: 'ä'.repeat(450_000) });
  });

  it('text that is not ASCII and bytes that are no text arrive as they are', async () => {
    const topic = await topicOn(kafka);
    await topic.send([{ value: '{"n":"Grüße 🙂"}' }, { value: Buffer.from([0, 1, 0xff, 0xfe]) }]);
    const run = new Run({ config: configOf(topic), untilCaughtUp: true });
    await run.ended;
    expect(run.events.map(({ data }) => data)).toEqual([{ n: 'Grüße 🙂' }]);
    expect(run.letters.letters[0]?.evrun.raw).toBe(Buffer.from([0, 1, 0xff, 0xfe]).toString('base64'));
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'snappy, lz4 or zstd batch without a codec: %s is read',
    async (codec) => {
      // The broker compresses what it is given, as topics say it shall.
      const topic = await topicOn(kafka, { config: { 'compression.type': codec } });
      await topic.put(range(0, 100));
      const run = new Run({ config: configOf(topic), untilCaughtUp: true });
      await run.ended;
      expect(run.numbers).toEqual(range(0, 100));
    },
  );

  it('the time of a record is that of its producer, or of the broker where the topic says so', async () => {
    const created = await topicOn(kafka);
    const appended = await topicOn(kafka, { config: { 'message.timestamp.type': 'LogAppendTime' } });
    const before = Date.now();
    const times = [];
    for (const topic of [created, appended]) {
      await topic.send([{ value: '{"n":1}', timestamp: '1600000000000' }]);
      const run = new Run({ config: configOf(topic), untilCaughtUp: true });
      await run.ended;
      times.push(kafkaOf(run.events[0])['timestamp']);
    }
    expect(times[0]).toBe(1600000000000);
    expect(times[1]).toBeGreaterThanOrEqual(before - 1_000);
  });

  it('aborted transactions are not seen, and count as passed', async () => {
    const topic = await topicOn(kafka);
    const producer = kafka
      .oracle()
      .producer({ transactionalId: fresh('tx'), maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    for (const [n, commits] of [
      [1, true],
      [2, false],
      [3, true],
      [4, false],
    ] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: topic.name, messages: [{ value: `{"n":${n}}` }] });
      if (commits) await transaction.commit();
      else await transaction.abort();
    }
    await producer.disconnect();
    const config = configOf(topic);
    const run = new Run({ config, untilCaughtUp: true });
    expect(await run.ended).toMatchObject({ exitCode: 0, reason: 'end of source' });
    expect(run.numbers).toEqual([1, 3]);
    // Four records and four control records.
    expect(await topic.committed(config.group_id)).toEqual([8]);
    const all = new Run({
      config: configOf(topic, { read_committed: false, group_id: fresh('all') }),
      untilCaughtUp: true,
    });
    await all.ended;
    expect(all.numbers).toEqual([1, 2, 3, 4]);
  });

  it('an open transaction does not keep a run from being caught up', async () => {
    const topic = await topicOn(kafka);
    await topic.put([1]);
    const producer = kafka
      .oracle()
      .producer({ transactionalId: fresh('tx'), maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: topic.name, messages: [{ value: '{"n":2}' }] });
    const run = new Run({ config: configOf(topic), untilCaughtUp: true });
    expect(await run.ended).toMatchObject({ reason: 'end of source' });
    expect(run.numbers).toEqual([1]);
    await transaction.abort();
    await producer.disconnect();
  });

  it('what the prefilter drops is counted, moves the position, and is not parsed', async () => {
    const topic = await topicOn(kafka, { partitions: 3 });
    const kinds = ['apple', 'pears'];
    await topic.send(
      range(0, 3000).map((n) => ({
        value: n % 10 === 5 ? `{"n":${n},"kind":"ap\\u0070le"}` : `{"n":${n},"kind":"${kinds[n % 2]}"}`,
        partition: n % 3,
      })),
    );
    const config = configOf(topic);
    const prefilter = createPrefilter([[['apple']]]);
    if (prefilter === undefined) throw new Error('no prefilter');
    const run = new Run({ config, prefilter, untilCaughtUp: true });
    await run.ended;
    expect(sorted(run.numbers)).toEqual(range(0, 3000).filter((n) => n % 2 === 0 || n % 10 === 5));
    expect(run.pipeline.stats).toMatchObject({ read: 3000, prefiltered: 1200 });
    expect(await topic.committed(config.group_id)).toEqual([1000, 1000, 1000]);
  });

  it('records of a topic that no known route names are passed over, and of two routes to one topic come once', async () => {
    const [pe, other] = [await topicOn(kafka), await topicOn(kafka)];
    await pe.put([1, 2]);
    await other.put([3, 4, 5]);
    const { topics: _, ...config } = configOf(pe);
    const run = new Run({
      config: { ...config, topic_routes: { mcl: pe.name, pe: pe.name, audit: other.name } },
      untilCaughtUp: true,
    });
    await run.ended;
    expect(run.numbers).toEqual([1, 2]);
    expect(run.pipeline.stats).toMatchObject({ read: 5, dropped: 3 });
    expect(await other.committed(config.group_id)).toEqual([3]);
  });

  it('poison is a dead letter with its bytes, headers and position, also in the dead_letter_topic', async () => {
    const [topic, dead] = [await topicOn(kafka), await topicOn(kafka)];
    await topic.put([0]);
    await topic.send([{ value: '{"n":', key: 'k', headers: { h: 'v' } }]);
    await topic.put([7]);
    const config = configOf(topic, { dead_letter_topic: dead.name });
    const run = new Run({
      config,
      untilCaughtUp: true,
      options: { retryCount: 0 },
      act: ({ data }) => {
        if ((data as { n: number }).n === 7) throw new Error('no sevens');
      },
    });
    await run.ended;
    expect(run.letters.letters).toHaveLength(2);
    const reader = new Run({ config: configOf(dead), untilCaughtUp: true });
    await reader.ended;
    const [poison, failed] = reader.events;
    expect(failed?.data).toEqual({
      event_type: expect.any(String),
      event: { n: 7 },
      meta: { kafka: expect.objectContaining({ topic: topic.name, partition: 0, offset: 2 }) },
    });
    expect(poison?.data).toMatchObject({
      event_type: null,
      event: null,
      evrun: { raw: Buffer.from('{"n":').toString('base64') },
    });
    expect(kafkaOf(failed)).toMatchObject({
      key: `${topic.name}:0:2`,
      headers: {
        'datahub.pipeline': 'test',
        'datahub.source.topic': topic.name,
        'datahub.source.partition': '0',
        'datahub.source.offset': '2',
        'datahub.error': 'EVR_ACTION: no sevens',
      },
    });
    expect(await topic.committed(config.group_id)).toEqual([3]);
  });

  it('lag counts what is not committed yet, by partition', async () => {
    const topic = await topicOn(kafka, { partitions: 2 });
    await topic.put(range(0, 30), 2);
    const run = new Run({ config: configOf(topic), start: LATEST });
    await run.until(() => run.pipeline.health().ready);
    await topic.put(range(0, 10), 2);
    await run.until(() => run.events.length === 10);
    await eventually(async () => (await run.pipeline.lag())?.events === 0);
    expect(await run.pipeline.lag()).toEqual({
      events: 0,
      partitions: { [`${topic.name}-0`]: 0, [`${topic.name}-1`]: 0 },
    });
  });
});
