import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { messages } from '../../../src/actions/pubsub/message.ts';
import { Publisher } from '../../../src/actions/pubsub/publisher.ts';
import type { PubSubActionConfig } from '../../../src/actions/pubsub/schema.ts';
import type { Attempt, Result } from '../../../src/contract/action.ts';
import { systemClock } from '../../../src/contract/clock.ts';
import { Envelope } from '../../../src/contract/envelope.ts';
import type { Event } from '../../../src/contract/event.ts';
import { PubSubClient } from '../../../src/support/google/pubsub-client.ts';
import { describeWithPubSub, type Emulator, sharedEmulator } from '../../services/pubsub.ts';
import { type PubSubProxy, startPubSubProxy } from '../../services/pubsub-proxy.ts';

const CONFIG = {
  topic: 't',
  mode: 'binary',
  attributes: {},
  batch_size: 500,
  linger_ms: 0,
  max_requests: 4,
} as const;

function event(data: unknown, changes: Partial<Event> = {}): Event {
  const made = new Envelope('com.example.order', data);
  made.id = 'e1';
  made.source = '/orders';
  return Object.assign(made, changes) as Event;
}

const attempt: Attempt = { number: 1, signal: new AbortController().signal, idempotencyKey: () => '' };

describeWithPubSub('the action pubsub', () => {
  let emulator: Emulator;
  let proxy: PubSubProxy;
  let client: PubSubClient;
  let name: string;

  beforeEach(async () => {
    emulator = await sharedEmulator();
    proxy = await startPubSubProxy(emulator.url);
    name = `publish-${randomUUID()}`;
    await emulator.create({ topic: name, subscription: name });
    client = await PubSubClient.open({
      endpoint: proxy.url,
      connections: 4,
      clock: systemClock,
      env: {},
      code: 'EVR_ACTION',
    });
  });
  afterEach(async () => {
    await client.close();
    await proxy.stop();
  });

  function publish(events: readonly Event[], config: Partial<PubSubActionConfig> = {}) {
    const whole = { ...CONFIG, ...config };
    const topic = `projects/${emulator.project}/topics/${name}`;
    return new Publisher(topic, client, messages(whole), whole.batch_size).publish(events, attempt);
  }
  const requests = () => proxy.calls.filter(({ method }) => method === 'publish');
  const kinds = (results: readonly Result[]) =>
    results.map((result) => (result === undefined ? 'done' : 'failed' in result ? 'failed' : 'notTried'));

  it('writes a binary CloudEvent, unencoded, with attributes of the recipe', async () => {
    const one = event({ total: 5 }, { subject: 'größe 100%', time: '2026-11-20T12:34:56.123456789Z' });
    await publish([one], { attributes: { team: 'billing', total: '${{ event.data.total }}' } });
    const [message] = await emulator.take(name);
    expect(message).toMatchObject({
      data: '{"total":5}',
      attributes: {
        'ce-specversion': '1.0',
        'ce-id': 'e1',
        'ce-source': '/orders',
        'ce-type': 'com.example.order',
        'ce-subject': 'größe 100%',
        'ce-time': '2026-11-20T12:34:56.123456789Z',
        'Content-Type': 'application/json',
        team: 'billing',
        total: '5',
      },
    });
  });

  it.each([
    ['structured', /"specversion":"1.0".*"data":\{"total":5\}/],
    ['event', /^\{"event_type":"com.example.order","event":\{"total":5\}/],
    ['data', /^\{"total":5\}$/],
  ] as const)('writes mode %s', async (mode, expected) => {
    await publish([event({ total: 5 })], { mode });
    const [message] = await emulator.take(name);
    expect(message?.data).toMatch(expected);
  });

  it('publishes those of one ordering key together, in their order', async () => {
    const events = ['a1', 'b1', 'a2', 'b2', 'a3'].map((data) => event(data));
    const key = '${{ event.data.startsWith("a") ? "a" : "b" }}';
    expect(kinds(await publish(events, { ordering_key: key }))).toEqual(Array(5).fill('done'));
    const sent = requests().map(({ body }) =>
      (body['messages'] as { orderingKey: string }[]).map((m) => m.orderingKey),
    );
    expect(sent.sort()).toEqual([
      ['a', 'a', 'a'],
      ['b', 'b'],
    ]);
  });

  it.each([
    ['a message above 10 MB', event('x'.repeat(10_000_001)), /10000\d+ bytes, at most 10000000/],
    [
      'an attribute above 1,024 bytes',
      event('x', { subject: 's'.repeat(1_025) }),
      /ce-subject has 1025 bytes/,
    ],
  ])('refuses %s before it is sent, and only that', async (_, wrong, reason) => {
    const results = await publish([event('fine'), wrong, event('fine too')]);
    expect(kinds(results)).toEqual(['done', 'failed', 'done']);
    expect(results[1]).toMatchObject({ failed: { retry: 'never', message: expect.stringMatching(reason) } });
    expect(await emulator.take(name)).toHaveLength(2);
  });

  it('finds the message that Pub/Sub refuses, and publishes the others', async () => {
    proxy.fault = ({ body }) => (JSON.stringify(body).includes('"bad":"yes"') ? { status: 400 } : undefined);
    const events = [1, 2, 3, 4, 5].map((n) => event(n, n === 4 ? { subject: 'bad' } : {}));
    const attributes = { bad: '${{ has(event.subject) && event.subject == "bad" ? "yes" : "no" }}' };
    expect(kinds(await publish(events, { attributes }))).toEqual(['done', 'done', 'done', 'failed', 'done']);
    expect(await emulator.take(name)).toHaveLength(4);
  });

  it('holds back what comes behind a failure of its ordering key', async () => {
    proxy.fault = ({ body }) =>
      JSON.stringify(body).includes('"orderingKey":"a"') ? { status: 503 } : undefined;
    const events = ['a1', 'a2', 'b1'].map((data) => event(data));
    const results = await publish(events, { ordering_key: '${{ event.data.startsWith("a") ? "a" : "b" }}' });
    expect(kinds(results)).toEqual(['failed', 'notTried', 'done']);
    expect(results[0]).toMatchObject({ failed: { code: 'EVR_UNREACHABLE', retry: 'later' } });
  });

  it('without the topic fails for good, naming it', async () => {
    await emulator.call('DELETE', `topics/${name}`);
    await expect(publish([event('x')])).rejects.toMatchObject({
      code: 'EVR_REFUSED',
      message: expect.stringContaining(`topics/${name}`),
    });
  });
});
