import { afterEach, describe, expect, it } from 'vitest';
import type { Action, Attempt, Result } from '../../../src/contract/action.ts';
import type { ActionDefinition } from '../../../src/contract/define.ts';
import { Envelope } from '../../../src/contract/envelope.ts';
import type { Event } from '../../../src/contract/event.ts';
import { loadConnector } from '../../../src/registry.ts';
import { type AwsProxy, refusal, startAwsProxy } from '../../services/aws-proxy.ts';
import { type FakeAws, KEYS, REGION, startFauxqs } from '../../services/fauxqs.ts';
import { createQueue, type TestQueue } from '../../services/sqs-world.ts';
import { checked, partContext, temporaryHome } from '../../suites/parts.ts';

const attempt: Attempt = {
  number: 1,
  signal: new AbortController().signal,
  idempotencyKey: (event) => `key-of-${event.id}`,
};

function eventOf(id: string, data: unknown, changes: Partial<Event> = {}): Event {
  const event = Object.assign(new Envelope('com.example.order', data), changes);
  event.id = id;
  event.source = '/shop';
  return event;
}

describe('the action sqs', () => {
  let server: FakeAws;
  let proxy: AwsProxy;
  let queue: TestQueue;
  let action: Action | undefined;
  let tidy: () => Promise<void>;
  afterEach(async () => {
    await action?.close();
    await tidy();
    queue.close();
    await proxy.stop();
    await server.stop();
  });

  async function open(config: object = {}, name = 'out'): Promise<void> {
    server = await startFauxqs();
    proxy = await startAwsProxy(server.url);
    const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'false' };
    queue = await createQueue(server, name, name.endsWith('.fifo') ? fifo : {});
    const home = await temporaryHome();
    const store = await home.openStore();
    tidy = async () => {
      await store.close();
      await home.remove();
    };
    const definition = (await loadConnector('action', 'sqs')) as ActionDefinition;
    const all = { queue_url: queue.url, endpoint: proxy.url, region: REGION, ...KEYS, ...config };
    action = await definition.create(checked(definition, all) as never, partContext(store, 'action'));
    await action.open?.();
  }

  const send = (...events: Event[]): Promise<readonly Result[]> =>
    action?.actBatch?.(events, attempt) as Promise<readonly Result[]>;
  const errorOf = (result: Result) =>
    (result as { failed: Error & { retry: string; fatal: boolean } }).failed;

  it('sends CloudEvents, described by message attributes', async () => {
    await open();
    expect(
      await send(eventOf('1', { n: 1 }, { subject: 's', time: '2026-01-02T03:04:05.123456789Z' })),
    ).toEqual([undefined]);
    const [message] = await queue.receive();
    expect(JSON.parse(message?.Body as string)).toEqual({
      specversion: '1.0',
      id: '1',
      source: '/shop',
      type: 'com.example.order',
      subject: 's',
      time: '2026-01-02T03:04:05.123456789Z',
      data: { n: 1 },
    });
    const attributes = Object.entries(message?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [
      name,
      StringValue,
    ]);
    expect(Object.fromEntries(attributes)).toEqual({
      'content-type': 'application/cloudevents+json; charset=utf-8',
      ce_id: '1',
      ce_source: '/shop',
      ce_type: 'com.example.order',
      ce_subject: 's',
    });
  });

  it('sends the data alone with the attributes beside it, or a body of the recipe’s', async () => {
    await open({ mode: 'binary', attributes: { customer: '${{ event.data.c }}' } });
    await send(eventOf('1', { c: 'Zoë' }));
    const [message] = await queue.receive();
    expect(message?.Body).toBe('{"c":"Zoë"}');
    expect(message?.MessageAttributes?.['customer']?.StringValue).toBe('Zoë');
    expect(message?.MessageAttributes?.['ce_specversion']?.StringValue).toBe('1.0');
  });

  it('gives a FIFO queue groups by key and ids that repeats share', async () => {
    await open({}, 'out.fifo');
    await send(eventOf('1', 1, { key: 'a' }), eventOf('2', 2, { key: 'mit Leerzeichen' }), eventOf('3', 3));
    const sent = JSON.parse(proxy.seen[0]?.body as string) as { Entries: Record<string, string>[] };
    expect(sent.Entries.map(({ MessageGroupId }) => MessageGroupId)).toEqual([
      'a',
      Buffer.from('mit Leerzeichen').toString('base64url'),
      '3',
    ]);
    expect(sent.Entries[0]?.['MessageDeduplicationId']).toBe('key-of-1');
    await send(eventOf('1', 1, { key: 'a' }));
    const bodies = [...(await queue.receive()), ...(await queue.receive())].map(
      ({ Body }) => JSON.parse(Body as string).id,
    );
    expect(bodies.sort()).toEqual(['1', '2', '3']);
  });

  it('takes 1 MiB, and refuses one byte more without asking', async () => {
    await open({ mode: 'data' });
    const fits = 'é'.repeat(524_287);
    expect(Buffer.byteLength(JSON.stringify(fits))).toBe(1_048_576);
    const [good, bad] = await send(eventOf('1', fits), eventOf('2', `${fits}x`));
    expect(good).toBeUndefined();
    expect(errorOf(bad)).toMatchObject({ retry: 'never', message: /1048577 bytes; AWS takes 1048576/ });
    expect((await queue.count()).visible).toBe(1);
  });

  it('spreads what does not fit into one request over several', async () => {
    await open({ mode: 'data' });
    const events = Array.from({ length: 10 }, (_, i) => eventOf(String(i), 'x'.repeat(300_000)));
    expect(await send(...events)).toEqual(events.map(() => undefined));
    expect(proxy.seen.length).toBeGreaterThanOrEqual(4);
    expect((await queue.count()).visible).toBe(10);
  });

  it('lets no event take its neighbours along', async () => {
    await open({ mode: 'binary' });
    const many = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`ext${i}`, 'x']));
    const results = await send(
      eventOf('1', { ok: 1 }),
      eventOf('2', { bad: '\u0000' }, { datacontenttype: 'text/plain' }),
      eventOf('3', '\u0001', { datacontenttype: 'text/plain' }),
      eventOf('4', undefined),
      eventOf('5', 'x\ud800', { datacontenttype: 'text/plain' }),
      eventOf('6', { ok: 2 }, { extensions: many }),
      eventOf('7', { ok: 3 }),
    );
    const failed = results.map((result) =>
      result === undefined ? 'sent' : errorOf(result).message.replace(/^.*?: /, ''),
    );
    expect(failed).toEqual([
      'sent',
      'sent',
      expect.stringMatching(/character/),
      expect.stringMatching(/empty/),
      expect.stringMatching(/character/),
      expect.stringMatching(/attributes; AWS takes 10/),
      'sent',
    ]);
    expect((await queue.count()).visible).toBe(3);
  });

  it('has a result for each entry of a batch that failed in part', async () => {
    await open();
    const Failed = [
      { Id: '0', Code: 'InternalError', SenderFault: false },
      { Id: '2', Code: 'InvalidMessageContents', Message: 'why', SenderFault: true },
    ];
    proxy.faults.push(() => ({ status: 200, body: JSON.stringify({ Failed, Successful: [{ Id: '1' }] }) }));
    const [first, second, third] = await send(eventOf('a', 1), eventOf('b', 2), eventOf('c', 3));
    expect(errorOf(first)).toMatchObject({ retry: 'later' });
    expect(second).toBeUndefined();
    expect(errorOf(third)).toMatchObject({ retry: 'never', message: /InvalidMessageContents: why/ });
  });

  it('ends the pipeline where keys or rights are missing, and waits where AWS is asked too often', async () => {
    await open();
    proxy.faults.push(() => refusal('AccessDenied', 'no', 403));
    expect(errorOf((await send(eventOf('a', 1)))[0])).toMatchObject({
      fatal: true,
      message: /need sqs:SendMessage/,
    });
    proxy.faults.length = 0;
    proxy.faults.push(() => refusal('RequestThrottled'));
    expect(errorOf((await send(eventOf('a', 1)))[0])).toMatchObject({ fatal: false, retry: 'later' });
  });
});
