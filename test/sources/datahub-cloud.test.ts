import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DecodeError, EvrunError } from '../../src/contract/errors.ts';
import { createPrefilter } from '../../src/support/lines/prefilter.ts';
import { entityChange, platformEvent } from '../fakes/poll-api/events.mjs';
import type { Fault } from '../fakes/poll-api/server.mjs';
import { eventOf, isEmpty, PLATFORM, range, VERSIONED, World } from './datahub-cloud-world.ts';

let world: World;
beforeEach(async () => {
  world = await World.start({ token: 'right' });
});
afterEach(() => world.stop());

const datahub = { token: 'right' };

async function errorOf(promise: Promise<unknown>): Promise<EvrunError> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(EvrunError);
  return error as EvrunError;
}

describe('polling', () => {
  it('asks as DataHub Actions does, and goes on with the offset of the answer', async () => {
    world.put(range(0, 5));
    const run = await world.run({ datahub: { ...datahub, extra_headers: { 'X-Mine': 'yes' } } });
    await run.readEvents();
    const [first, second] = world.api.polls;
    expect(first).toMatchObject({ topic: PLATFORM, limit: 1000, offsetId: null });
    expect(first?.headers).toMatchObject({
      authorization: 'Bearer right',
      'x-restli-protocol-version': '2.0.0',
      'content-type': 'application/json',
      'x-mine': 'yes',
    });
    expect(second?.offsetId).toBe(world.api.log.offsetId(PLATFORM, 5));
  });

  it('takes a server with a path and slashes, and one that is no address is a recipe error', async () => {
    world.put([1]);
    const run = await world.run({ datahub: { ...datahub, server: `${world.api.url}//gms/` } });
    expect(await run.readAll()).toEqual([1]);
    const error = await errorOf(world.run({ datahub: { server: 'datahub.example' } }));
    expect(error).toMatchObject({ code: 'EVR_RECIPE', message: expect.stringMatching(/https:\/\/host/) });
    const ca = { ca_certificate_path: '/nowhere.pem' };
    expect((await errorOf(world.run({ datahub: ca }))).message).toMatch(
      /datahub\.ca_certificate_path.*nowhere/,
    );
  });

  it('says "nothing new" once every topic was asked and had nothing', async () => {
    const run = await world.run({ datahub, config: { topics: [PLATFORM, VERSIONED] } });
    expect(await run.next()).toEqual({ deliveries: [] });
    expect(
      world.api.polls
        .map(({ topic }) => topic)
        .slice(0, 2)
        .sort(),
    ).toEqual([VERSIONED, PLATFORM].sort());
    world.put([1]);
    await run.read(1);
    expect(run.numbers).toEqual([1]);
  });

  it('reads topics side by side: a quiet one does not hold up a busy one', async () => {
    world.api.faults.push({ topic: VERSIONED, kind: 'poll', hang: true });
    world.put(range(0, 3));
    const run = await world.run({ datahub, config: { topics: [VERSIONED, PLATFORM] } });
    expect(await run.read(3)).toEqual(range(0, 3));
  });

  it('fetches the next page while one is worked on, and no more than that', async () => {
    world.put(range(0, 50));
    const run = await world.run({ datahub, config: { page_size: 10 } });
    await run.next();
    while (world.api.requests.polls < 2) await new Promise(setImmediate);
    // A third request would have come before the answers to these.
    for (let i = 0; i < 5; i += 1) await fetch(`${world.api.url}/aspects/x`);
    expect(world.api.requests.polls).toBe(2);
    expect(run.deliveries).toHaveLength(10);
  });

  it('hands over no more at once than the engine takes', async () => {
    world.put(range(0, 50));
    const run = await world.run({ datahub, maxBatch: { events: 20, bytes: 5000 } });
    const first = await run.next();
    expect(first?.deliveries.length).toBeLessThan(10);
    expect(first?.passed).toBeUndefined();
    expect(await run.readAll()).toEqual(range(0, 50));
    expect(world.api.polls[0]?.limit).toBe(20);
  });

  it('asks for more while pages are full, and for less when they are heavy', async () => {
    world.put(range(0, 7000));
    const run = await world.run({ datahub });
    await run.read(7000);
    const limits = world.api.polls.map(({ limit }) => limit);
    expect(limits.slice(0, 3)).toEqual([1000, 2000, 4000]);
    const heavy = entityChange(1, { parameters: { n: 1, text: 'x'.repeat(100_000) } });
    world.api.put(
      PLATFORM,
      Array.from({ length: 100 }, () => heavy),
    );
    // Not until there is nothing new: a poll that found nothing may be on its way still.
    await run.read(7100);
    await expect.poll(() => world.api.polls.at(-1)?.limit).toBeLessThanOrEqual(84);
  });

  it('ends when everything that was there at the start has been read, if it was asked to', async () => {
    world.put(range(0, 25));
    const topics = [PLATFORM, VERSIONED];
    const run = await world.run({ datahub, config: { topics, page_size: 10 }, untilCaughtUp: true });
    while ((await run.next()) !== undefined);
    expect(run.numbers).toEqual(range(0, 25));
  });

  it('ends within a second when it is stopped in the middle of a poll', async () => {
    const run = await world.run({ datahub });
    world.api.faults.push({ kind: 'poll', hang: true });
    const reading = run.next();
    while (world.api.requests.polls === 0) await new Promise(setImmediate);
    const before = performance.now();
    await run.stop();
    expect(await reading).toBeUndefined();
    expect(performance.now() - before).toBeLessThan(1000);
  });
});

describe('deliveries', () => {
  it('name their batch and place, as in DataHub Actions, and keep their id when they come again', async () => {
    world.put([4, 5]);
    const run = await world.run({ datahub });
    const [, second] = await run.readEvents();
    expect(second?.meta).toEqual({ batch_id: 1, msg_id: 2, topic: PLATFORM });
    expect(second?.source).toBe('/evrun/datahub-cloud/PlatformEvent_v1');
    expect(second?.record.time).toBe(1_737_170_481_718);
    const again = await (await world.run({ datahub })).readEvents();
    expect(again.map((one) => eventOf(one).id)).toEqual(run.deliveries.map((one) => eventOf(one).id));
  });

  it('that cannot be decoded are poison, and the others of the page come', async () => {
    world.api.put(PLATFORM, [
      entityChange(1),
      'nonsense',
      platformEvent('entityChangeEvent', '{}'),
      entityChange(2),
    ]);
    const run = await world.run({ datahub });
    const deliveries = await run.readEvents();
    const results = deliveries.map((one) => {
      try {
        return eventOf(one).type;
      } catch (error) {
        return (error as Error).constructor;
      }
    });
    expect(results).toEqual(['EntityChangeEvent_v1', DecodeError, DecodeError, 'EntityChangeEvent_v1']);
  });

  it('have none for events that cannot pass the prefilter, which are counted', async () => {
    world.api.put(
      PLATFORM,
      range(0, 10).map((n) => entityChange(n, { category: n % 5 === 0 ? 'DOMAIN' : 'OWNER' })),
    );
    const prefilter = createPrefilter([[['DOMAIN']]]);
    const run = await world.run(prefilter === undefined ? { datahub } : { datahub, prefilter });
    const batch = await run.next();
    expect(run.numbers).toEqual([0, 5]);
    expect(batch?.passed).toEqual([{ partition: PLATFORM, epoch: 0, next: 10, dropped: 8, older: 0 }]);
    await run.commit(10);
    await run.stop();
    expect(await (await world.run({ datahub })).readAll()).toEqual([]);
  });

  it('of several topics are decoded by their topic', async () => {
    world.put([1]);
    world.api.put(VERSIONED, [JSON.stringify({ entityType: 'dataset', changeType: 'UPSERT', payload: {} })]);
    const run = await world.run({ datahub, config: { topics: [PLATFORM, VERSIONED] } });
    const types = (await run.readEvents()).map((one) => eventOf(one).type);
    expect(types.sort()).toEqual(['EntityChangeEvent_v1', 'MetadataChangeLogEvent_v1']);
  });
});

describe('changes to the own state', () => {
  // Guard: without the own-state test in topic.ts this never becomes quiet: each stored position makes an event.
  it('are no activity and are not stored again', async () => {
    await world.stop();
    world = await World.start({ echoState: true });
    const other = JSON.stringify({
      entityType: 'platformResource',
      entityUrn: 'urn:li:platformResource:x',
      changeType: 'A',
    });
    world.api.put(VERSIONED, [other]);
    const run = await world.run({ config: { topics: VERSIONED } });
    expect(await run.readEvents()).toHaveLength(1);
    await run.commit(1, [], VERSIONED);
    while (world.api.requests.saves === 0)
      expect(isEmpty((await run.next()) ?? { deliveries: [] })).toBe(true);
    for (let i = 0; i < 3; i += 1) expect(isEmpty((await run.next()) ?? { deliveries: [] })).toBe(true);
    expect(run.deliveries).toHaveLength(1);
    expect(world.api.requests.saves).toBe(1);
    expect(world.api.log.end(VERSIONED)).toBe(2);
  });
});

describe('when DataHub does not answer as it should', () => {
  const passing: [string, Fault, RegExp][] = [
    ['429', { status: 429, headers: { 'retry-after': '7' } }, /429/],
    [
      '500',
      { status: 500, body: '{"errorMessage":"An unexpected error occurred: boom"}' },
      /500: An unexpected error occurred: boom/,
    ],
    ['503', { status: 503 }, /503/],
    ['a closed connection', { close: true }, /closed the connection/],
    ['half a page', { malformed: true }, /not a page of events: it is not JSON\. Nothing was skipped/],
    ['no offset id', { status: 200, body: '{"events":[]}' }, /no "offsetId"/],
    ['no events', { status: 200, body: '{"offsetId":"x"}' }, /no list of "events"/],
    ['null', { status: 200, body: 'null' }, /no "offsetId"/],
  ];

  it.each(passing)('%s is waited out, and nothing is skipped', async (_, fault, message) => {
    world.put(range(0, 6));
    const run = await world.run({ datahub, config: { page_size: 3 } });
    await run.next();
    world.api.faults.push({ kind: 'poll', ...fault, times: 4 });
    expect(await run.readAll()).toEqual(range(0, 6));
    expect(run.outages.length).toBeGreaterThanOrEqual(3);
    expect(run.outages[0]).toMatchObject({ retry: 'later', code: 'EVR_UNREACHABLE' });
    expect(run.outages[0]?.message).toMatch(message);
  });

  it('Retry-After is passed on', async () => {
    const run = await world.run({ datahub });
    world.api.faults.push({ kind: 'poll', status: 429, headers: { 'retry-after': '7' }, times: 1 });
    await run.next();
    expect(run.outages[0]?.retryAfterMs).toBe(7000);
  });

  it('a wrong token is refused at once, before the first poll', async () => {
    const error = await errorOf(world.run({ datahub: { token: 'wrong' } }));
    expect(error).toMatchObject({ code: 'EVR_REFUSED', retry: 'never', exitCode: 5 });
    expect(error.message).toMatch(/401.*datahub\.token/);
    expect(error.message).not.toContain('wrong');
    expect(world.api.requests.polls).toBe(0);
  });

  it.each([
    [PLATFORM, 'Get Platform Events'],
    [VERSIONED, 'Get Metadata Change Log Events'],
  ])('a missing privilege for %s is named', async (topic, privilege) => {
    world.api.faults.push({ kind: 'poll', status: 403 });
    const run = await world.run({ datahub, config: { topics: topic } });
    const error = await errorOf(run.next());
    expect(error).toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
    expect(error.message).toContain(`"${privilege}"`);
  });

  it('a server without the events API is named as such, unless it had one a moment ago', async () => {
    world.api.faults.push({ kind: 'poll', status: 404, body: '<html>' });
    const run = await world.run({ datahub });
    expect(await errorOf(run.next())).toMatchObject({
      code: 'EVR_REFUSED',
      message: expect.stringMatching(/404.*\/gms/),
    });
    world.api.faults.length = 0;
    const later = await world.run({ datahub });
    await later.next();
    world.api.faults.push({ kind: 'poll', status: 404, times: 2 });
    world.put([1]);
    expect(await later.read(1)).toEqual([1]);
  });

  it('a refused offset says what is at stake and what to do', async () => {
    world.put([1]);
    const run = await world.run({ datahub });
    await run.readAll();
    await run.commit(1);
    await run.stop();
    const state = world.state.get(`topic:${PLATFORM}`) as object;
    world.api.aspects.clear();
    world.state.set(`topic:${PLATFORM}`, { ...state, offset: 'bm9uc2Vuc2U=' });
    const again = await world.run({ datahub });
    const error = await errorOf(again.next());
    expect(error).toMatchObject({ code: 'EVR_SOURCE', retry: 'never' });
    expect(error.message).toMatch(/refused the position.*Nothing was skipped: events since 20.*--since 7d/s);
  });

  it('events that expired before they were read are counted', async () => {
    world.put(range(0, 10));
    const run = await world.run({ datahub, config: { page_size: 5 } });
    await run.next();
    await run.commit(5);
    await run.stop();
    world.api.log.expire(PLATFORM, 8);
    expect(await (await world.run({ datahub })).readAll()).toEqual([8, 9]);
    expect(world.warnings.join()).toMatch(/3 events of PlatformEvent_v1 were lost/);
  });

  it('an outage at the start is waited out, too', async () => {
    await world.api.breakDown();
    const opening = world.run({ datahub });
    await world.api.recover();
    world.put([1]);
    expect(await (await opening).readAll()).toEqual([1]);
  });
});
