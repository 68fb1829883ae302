import { afterEach, describe, expect, it } from 'vitest';
import type { Envelope } from '../../../src/contract/envelope.ts';
import { EvrunError } from '../../../src/contract/errors.ts';
import type { Format } from '../../../src/contract/format.ts';
import type { Batch, Delivery } from '../../../src/contract/source.ts';
import cloudevents from '../../../src/formats/cloudevents/index.ts';
import { eventually, Fact } from '../../engine/kit.ts';
import { describeWithPubSub } from '../../services/pubsub.ts';
import { textFormat, World } from './world.ts';

let world: World;
afterEach(() => world.close());

async function firstDeliveries(count: number): Promise<Delivery[]> {
  const source = world.create();
  await source.open();
  const stop = new AbortController();
  const deliveries: Delivery[] = [];
  for await (const { deliveries: more } of source.read(stop.signal) as AsyncIterable<Batch>) {
    deliveries.push(...more);
    if (deliveries.length >= count) break;
  }
  stop.abort();
  await source.close();
  return deliveries;
}

describeWithPubSub('a message of Pub/Sub', () => {
  it('becomes a record with its attributes, key and time, and keeps its identity', async () => {
    world = await World.start();
    const [id] = await world.emulator.publish(world.name, [
      { data: new Uint8Array([0, 255, 128]), attributes: { kind: 'bytes' }, orderingKey: 'k' },
    ]);
    const [first] = await firstDeliveries(1);
    expect(first?.record.value).toEqual(Buffer.from([0, 255, 128]));
    expect(first?.record.headers).toEqual({ kind: 'bytes' });
    expect(first?.record.key).toBe('k');
    expect(first?.record.time).toBeGreaterThan(1_600_000_000_000);
    expect(first?.meta).toEqual({
      pubsub: {
        subscription: world.subscription,
        message_id: id,
        publish_time: expect.stringMatching(/^\d{4}-/),
        ordering_key: 'k',
        attributes: { kind: 'bytes' },
      },
    });
    const [again] = await firstDeliveries(1);
    expect(again?.identity).toBe(first?.identity);
  });

  it('that is a binary CloudEvent keeps its attributes as they are', async () => {
    world = await World.start();
    const attributes = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 'T' };
    await world.emulator.publish(world.name, [{ attributes: { ...attributes, 'ce-subject': '"ü" 100%41' } }]);
    const [delivery] = await firstDeliveries(1);
    const format = cloudevents.create({ mode: 'auto' } as never);
    expect(format.decode(delivery?.record as never)).toMatchObject({ id: '1', subject: '"ü" 100%41' });
  });

  it('may have no data', async () => {
    world = await World.start();
    await world.emulator.publish(world.name, [{ attributes: { only: 'this' } }]);
    const [delivery] = await firstDeliveries(1);
    expect(delivery?.record.value).toHaveLength(0);
    expect(delivery?.record.headers).toEqual({ only: 'this' });
  });

  it('may have 10 MB', async () => {
    world = await World.start();
    await world.publish('x'.repeat(9_990_000), 'small');
    const sizes: number[] = [];
    const { end } = await world.run({
      act: ({ data }) => void sizes.push((data as string).length),
      limits: { untilCaughtUp: true },
    });
    expect(end.exitCode).toBe(0);
    expect(sizes.sort()).toEqual([5, 9_990_000]);
    // The emulator takes seconds for each step of such a message.
  }, 120_000);
});

describeWithPubSub('acknowledging', () => {
  it('waits for the outcome', async () => {
    world = await World.start();
    await world.publish('one');
    const [finish, begun] = [new Fact(), [] as unknown[]];
    const running = world.run({
      act: async ({ data }) => {
        begun.push(data);
        await finish.happened;
      },
    });
    await eventually(() => begun.length === 1);
    // What was pulled first would have been acknowledged by the time that the second is here.
    await world.publish('two');
    await eventually(() => new Set(begun).size === 2);
    expect(world.called('acknowledge')).toEqual([]);
    finish.happen();
    await eventually(() => world.called('acknowledge').flatMap(({ ids }) => ids).length >= 2);
    world.stop();
    await running;
    expect(await world.left()).toEqual([]);
  });

  it('of what failed for good waits until its line is on disk', async () => {
    world = await World.start();
    await world.publish('!poison', 'fine');
    const [writing, written] = [new Fact(), new Fact()];
    world.letters.before = async () => {
      writing.happen();
      await written.happened;
    };
    const running = world.run();
    await writing.happened;
    await eventually(() => world.called('acknowledge').length === 1);
    expect(world.called('acknowledge')[0]?.ids).toHaveLength(1);
    written.happen();
    await eventually(() => world.called('acknowledge').length === 2);
    world.stop();
    await running;
    expect(world.letters.letters).toHaveLength(1);
    expect(await world.left()).toEqual([]);
  });

  it('is repeated until Pub/Sub takes it: an outage costs no repeat', async () => {
    world = await World.start();
    await world.publish('one', 'two', 'three');
    let failures = 3;
    world.proxy.fault = ({ method }) => {
      if (method !== 'acknowledge' || failures === 0) return undefined;
      failures -= 1;
      return { status: 503 };
    };
    const seen: string[] = [];
    const { end } = await world.run({
      act: ({ data }) => void seen.push(data as string),
      limits: { untilCaughtUp: true },
    });
    expect(end.exitCode).toBe(0);
    expect(seen.sort()).toEqual(['one', 'three', 'two']);
    expect(await world.left()).toEqual([]);
  });

  it('of one message that is no longer ours does not keep the others', async () => {
    world = await World.start();
    await world.publish('a', 'b', 'c', 'd', 'e');
    let strange: string | undefined;
    world.proxy.fault = ({ method, body }) => {
      if (method !== 'acknowledge') return undefined;
      const ids = body['ackIds'] as string[];
      strange ??= ids[Math.floor(ids.length / 2)];
      return ids.includes(strange as string) ? { status: 400 } : undefined;
    };
    const seen: string[] = [];
    const running = world.run({
      act: ({ data }) => void seen.push(data as string),
      options: { commitIntervalMs: 300 },
    });
    await eventually(() => world.said(/after the deadline/));
    world.stop();
    await running;
    const acknowledged = world.called('acknowledge').flatMap(({ ids }) => ids);
    expect(new Set(acknowledged).size).toBe(5);
    expect(seen).toHaveLength(5);
  });

  it('with `on_dead: leave` is left to the dead letter policy', async () => {
    const dead = `dead-${crypto.randomUUID()}`;
    world = await World.start();
    await world.emulator.create({ topic: dead, subscription: dead });
    const name = `${world.name}-policy`;
    const deadLetterTopic = `projects/${world.emulator.project}/topics/${dead}`;
    await world.emulator.create(
      { topic: world.name, subscription: name },
      { ackDeadlineSeconds: 10, deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 } },
    );
    await world.publish('never');
    const running = world.run({
      config: { subscription: `projects/${world.emulator.project}/subscriptions/${name}`, on_dead: 'leave' },
      options: { retryCount: 0 },
      act: () => Promise.reject(new Error('always')),
    });
    let moved: string[] = [];
    await expect
      .poll(
        async () => {
          moved = [...moved, ...(await world.emulator.take(dead)).map(({ data }) => data)];
          return moved;
        },
        { timeout: 20_000, interval: 100 },
      )
      .toEqual(['never']);
    world.stop();
    await running;
    expect(world.letters.letters.length).toBeGreaterThanOrEqual(5);
    expect(world.called('acknowledge')).toEqual([]);
  });
});

describeWithPubSub('a failed attempt', () => {
  it('goes back with its backoff as the deadline, blocks nothing, and comes again', async () => {
    world = await World.start();
    await world.publish('fails', 'fine');
    const seen: string[] = [];
    const { stats } = await world.run({
      options: { retryBackoffMs: 1_500, concurrency: 1 },
      limits: { untilCaughtUp: true },
      act: ({ data }) => {
        seen.push(data as string);
        if (data === 'fails' && seen.filter((one) => one === 'fails').length === 1)
          throw new Error('not now');
      },
    });
    expect(seen.sort()).toEqual(['fails', 'fails', 'fine']);
    expect(stats).toMatchObject({ acted: 2, returned: 1, dead: 0 });
    const back = world.called('modifyAckDeadline').filter(({ seconds }) => (seconds ?? 0) <= 2);
    expect(back[0]?.ids).toHaveLength(1);
    expect(await world.left()).toEqual([]);
  });

  it.each([
    ['counted by this process', {}],
    ['counted by Pub/Sub', { deadLetterPolicy: { maxDeliveryAttempts: 100 } }],
  ])('is one of retry_count and one, %s; then the message is dead', async (_, policy) => {
    const dead = `dead-${crypto.randomUUID()}`;
    world = await World.start();
    await world.emulator.create({ topic: dead });
    const settings =
      'deadLetterPolicy' in policy
        ? {
            deadLetterPolicy: {
              ...policy.deadLetterPolicy,
              deadLetterTopic: `projects/${world.emulator.project}/topics/${dead}`,
            },
          }
        : {};
    const name = `${world.name}-counted`;
    await world.emulator.create(
      { topic: world.name, subscription: name },
      { ackDeadlineSeconds: 10, ...settings },
    );
    await world.publish('never');
    const attempts: number[] = [];
    const { stats } = await world.run({
      config: { subscription: `projects/${world.emulator.project}/subscriptions/${name}` },
      options: { retryCount: 2 },
      limits: { untilCaughtUp: true },
      act: (event) => {
        attempts.push((event as Envelope).origin?.receives ?? 0);
        throw new Error('always');
      },
    });
    // Now and then the emulator hands a message out once more while it is in work: each that came is tried once, and
    // the first and the second go back.
    expect(attempts).toHaveLength(world.proxy.handed.length);
    expect([...new Set(attempts)].slice(0, 3)).toEqual([1, 2, 3]);
    const last = attempts.filter((number) => number > 2).length;
    expect(stats).toMatchObject({ dead: last, returned: attempts.length - last, acted: 0 });
    expect(world.letters.letters).toHaveLength(last);
  });
});

describeWithPubSub('how often a message was tried', () => {
  it('is Pub/Sub’s own count where it counts, so that a restart does not begin anew', async () => {
    world = await World.start();
    const message = { messageId: 'm', data: Buffer.from('never').toString('base64') };
    let handed = false;
    world.proxy.fault = ({ method }) => {
      if (method !== 'pull') return method === 'acknowledge' ? { status: 200 } : undefined;
      if (handed) return { status: 200 };
      handed = true;
      return { status: 200, body: { receivedMessages: [{ ackId: 'a', message, deliveryAttempt: 3 }] } };
    };
    const { stats } = await world.run({
      options: { retryCount: 2 },
      limits: { untilCaughtUp: true },
      act: () => Promise.reject(new Error('always')),
    });
    expect(stats).toMatchObject({ dead: 1, returned: 0 });
    expect(world.called('acknowledge')).toEqual([{ ids: ['a'], seconds: undefined }]);
  });
});

describeWithPubSub('where there is plenty', () => {
  it('all receivers pull at once, though one could ask for all that is to be read ahead', async () => {
    world = await World.start();
    await world.publish(...Array.from({ length: 400 }, (_, i) => `m${i}`));
    const pulls = () => world.called('pull').length;
    // The first brings plenty, so does each of the next two; then there are four.
    world.proxy.fault = ({ method }) => (method === 'pull' && pulls() > 3 ? 'hang' : undefined);
    const running = world.run({ config: { receivers: 4, prefetch: 1_000 } });
    await eventually(() => pulls() === 3 + 4);
    world.stop();
    await running;
  });
});

describeWithPubSub('messages of an ordering key', () => {
  it('stay in order when an attempt fails, and others go on meanwhile', async () => {
    world = await World.start({ enableMessageOrdering: true });
    const keyed = ['k1', 'k2', 'k3'].map((data) => ({ data, orderingKey: 'k' }));
    await world.emulator.publish(world.name, [...keyed, { data: 'free' }]);
    const seen: string[] = [];
    const { stats } = await world.run({
      options: { retryBackoffMs: 400 },
      limits: { untilCaughtUp: true },
      act: ({ data }) => {
        seen.push(data as string);
        if (data === 'k1' && seen.filter((one) => one === 'k1').length < 3) throw new Error('not yet');
      },
    });
    expect(seen.filter((one) => one !== 'free')).toEqual(['k1', 'k1', 'k1', 'k2', 'k3']);
    expect(seen.indexOf('free')).toBeLessThan(seen.indexOf('k2'));
    expect(stats).toMatchObject({ acted: 4, returned: 0, retries: 2 });
  });
});

describeWithPubSub('messages without an ordering key', () => {
  it('overtake one of their event’s key that failed and went back', async () => {
    world = await World.start();
    await world.publish('k1', 'k2');
    const sameKey: Format = {
      decode: (record) => Object.assign(textFormat.decode(record) as Envelope, { key: 'k' }),
    };
    const seen: string[] = [];
    await world.run({
      format: sameKey,
      limits: { untilCaughtUp: true },
      act: ({ data }) => {
        seen.push(data as string);
        if (seen.length > 1) return;
        throw new EvrunError('EVR_ACTION', 'not now', { retry: 'later', retryAfterMs: 2_000 });
      },
    });
    const [failed] = seen as [string];
    const other = failed === 'k1' ? 'k2' : 'k1';
    expect(seen).toContain(other);
    expect(seen.lastIndexOf(failed)).toBeGreaterThan(seen.indexOf(other));
  });
});

describeWithPubSub('what a filter drops', () => {
  it('is acknowledged', async () => {
    world = await World.start();
    await world.publish('keep', 'drop');
    const filter = {
      pure: true,
      transform: (event: { data: unknown }) => (event.data === 'drop' ? null : event),
    };
    const { stats } = await world.run({ steps: [filter as never], limits: { untilCaughtUp: true } });
    expect(stats).toMatchObject({ acted: 1, dropped: 1 });
    expect(await world.left()).toEqual([]);
  });
});

describeWithPubSub('a lease', () => {
  it('is extended at half of its time, for what is in work and for what waits', async () => {
    world = await World.start();
    await world.publish('a', 'b', 'c');
    const finish = new Fact();
    const seen: string[] = [];
    const running = world.run({
      options: { concurrency: 1 },
      act: async ({ data }) => {
        seen.push(data as string);
        await finish.happened;
      },
    });
    const extended = () =>
      new Set(world.called('modifyAckDeadline').flatMap(({ ids, seconds }) => (seconds === 60 ? ids : [])));
    await eventually(() => extended().size === 3);
    finish.happen();
    await eventually(() => seen.length === 3);
    world.stop();
    await running;
    expect(await world.left()).toEqual([]);
  });
});

describeWithPubSub('a stop', () => {
  it('gives back at once what was not begun, and lets what was begun finish', async () => {
    world = await World.start();
    await world.publish('a', 'b', 'c', 'd');
    const [begun, finish] = [new Fact(), new Fact()];
    const seen: string[] = [];
    const running = world.run({
      options: { concurrency: 1 },
      act: async ({ data }) => {
        seen.push(data as string);
        begun.happen();
        await finish.happened;
      },
    });
    await begun.happened;
    // Two wait for the slot; the fourth was pulled and not read.
    await eventually(() => (world.pipeline?.stats.inFlight ?? 0) === 3);
    world.stop();
    finish.happen();
    await running;
    expect(seen).toHaveLength(1);
    const back = world.called('modifyAckDeadline').filter(({ seconds }) => seconds === 0);
    expect(back.flatMap(({ ids }) => ids)).toHaveLength(3);
    await expect.poll(() => world.left(), { timeout: 5_000 }).toHaveLength(3);
  });

  it('gives nothing back that is finished and whose acknowledgement is on its way', async () => {
    world = await World.start();
    await world.publish('one');
    world.proxy.fault = ({ method }) => (method === 'acknowledge' ? { status: 503 } : undefined);
    const running = world.run({ options: { commitEvery: 1 } });
    await eventually(() => world.called('acknowledge').length > 0);
    world.stop();
    await running;
    expect(world.called('modifyAckDeadline').filter(({ seconds }) => seconds === 0)).toEqual([]);
  });

  it('cuts off the pull that waits, and says that it may hide a message', async () => {
    world = await World.start();
    const running = world.run();
    await eventually(() => world.proxy.calls.some(({ method }) => method === 'pull'));
    world.stop();
    expect((await running).end.exitCode).toBe(0);
    expect(world.log.lines).toContainEqual(
      expect.objectContaining({
        sentence: expect.stringContaining('pulls were waiting'),
        fields: { pulls: 1 },
      }),
    );
  });
});

describeWithPubSub('nothing new', () => {
  it('is also said while the pulls that wait have asked for all that is to be read ahead', async () => {
    world = await World.start();
    const { end } = await world.run({ config: { prefetch: 1 }, limits: { idleTimeoutMs: 1 } });
    expect(end.reason).toMatch(/^idle/);
  });
});

describe('where the emulator is', () => {
  it('is looked for in the usual places of Google’s SDK', async () => {
    const { noEmulator } = await import('../../services/pubsub.ts');
    expect(noEmulator ?? 'found').toMatch(/found|platform\/pubsub-emulator/);
  });
});
