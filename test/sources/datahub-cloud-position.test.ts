import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stateUrn } from '../../src/sources/datahub-cloud/consumer.ts';
import { entityChange } from '../fakes/poll-api/events.mjs';
import { EARLIEST, LATEST, PLATFORM, range, VERSIONED, World } from './datahub-cloud-world.ts';

const BASE = 'urn:li:dataHubAction:test-pipeline';
const URN = 'urn:li:platformResource:4aecbdd543ea195d1a1e89d126799534';

let world: World;
beforeEach(async () => {
  world = await World.start();
});
afterEach(() => world.stop());

/** What DataHub Actions stores at its end. */
function storedByDatahubActions(
  consumerId: string,
  next: number,
  topic = PLATFORM,
  timestamp = 1_700_000_000,
): void {
  const offset_id = world.api.log.offsetId(topic, next);
  world.api.aspects.set(stateUrn(consumerId), {
    resourceType: 'eventConsumerState',
    primaryKey: consumerId,
    value: {
      blob: JSON.stringify({ VERSION: 1, offset_id, timestamp }),
      contentType: 'JSON',
      schemaType: 'JSON',
      schemaRef: 'EventConsumerState@1',
    },
  });
}

describe('after a crash', () => {
  it('goes on after the last page that was finished', async () => {
    world.put(range(0, 20));
    const run = await world.run({ config: { page_size: 10 } });
    await run.read(20);
    await run.commit(10);
    await run.crash(world);
    expect(await (await world.run()).readAll()).toEqual(range(10, 20));
  });

  it('repeats of a page only what was not finished, and of equal events as many as were not', async () => {
    world.put([0, 1, 7, 7, 7, 5]);
    const run = await world.run();
    await run.read(6);
    // Finished are 0, 1, one of the three 7 and, out of order, the 5.
    await run.commit(3, [5]);
    await run.crash(world);
    const again = await world.run();
    expect(await again.readAll()).toEqual([7, 7]);
    await again.commit(1);
    await again.crash(world);
    // What an earlier life had finished in the same page is still known.
    expect(await (await world.run()).readAll()).toEqual([7]);
  });

  it('does not repeat what was finished beyond an unfinished page', async () => {
    world.put(range(0, 30));
    const run = await world.run({ config: { page_size: 10 } });
    await run.read(30);
    await run.commit(3, range(4, 25));
    await run.crash(world);
    expect(await (await world.run()).readAll()).toEqual([3, ...range(25, 30)]);
  });

  // Guard: without the record that is written at the start the second life begins at the end, and this hangs.
  it('before the first page was finished, loses nothing that came since the first start', async () => {
    const first = await world.run({ start: LATEST });
    await first.readAll();
    const start = { start: LATEST };
    await first.crash(world);
    const second = await world.run(start);
    world.api.put(PLATFORM, [withTime(1, Date.now()), withTime(2, Date.now())]);
    await second.read(2);
    await second.crash(world);
    world.api.aspects.clear();
    const third = await world.run(start);
    expect(await third.read(2)).toEqual([1, 2]);
  });

  // Guard: if the look back of the first start also filtered by the events' own times, nothing would come here.
  it('before the first page was finished, loses no event that tells an older time than its place in the topic', async () => {
    world.api.put(PLATFORM, [withTime(1, 1_000), withTime(2, 2_000)]);
    const start = { start: { point: { at: 'latest' }, lookbackDays: 7, ignoreStored: false } } as const;
    const first = await world.run(start);
    await first.read(2);
    await first.crash(world);
    expect(await (await world.run(start)).read(2)).toEqual([1, 2]);
  });

  it('forgets events that were finished once they are past, so that equal new ones are delivered', async () => {
    world.put([0, 1, 2]);
    const run = await world.run();
    await run.read(3);
    await run.commit(1, [2]);
    await run.crash(world);
    world.api.log.expire(PLATFORM, 3);
    const again = await world.run();
    // The first answer is kept here until it is done.
    expect(await again.readAll()).toEqual([1]);
    world.put([2]);
    expect(await again.read(2)).toEqual([1, 2]);
  });
});

describe('a first start at the end', () => {
  /** Puts 20 events, which tell an old time, while the first poll waits. */
  async function during(poll: Promise<unknown>): Promise<void> {
    while (world.api.polls.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    world.put(range(0, 20));
    await poll;
  }

  beforeEach(async () => {
    await world.stop();
    world = await World.start({ pollMs: 500 });
    world.put([90, 91]);
  });

  // Guard: what tells an old time (restated, or by a clock that is behind) was taken for older than the start.
  it.each(['crash', 'stop'] as const)(
    'a %s in its first page loses nothing, whatever time events tell',
    async (how) => {
      const run = await world.run({ start: LATEST });
      await during(run.read(1));
      expect(run.numbers).toEqual([0]);
      if (how === 'crash') await run.crash(world);
      else await run.stop();
      const again = await world.run({ start: LATEST });
      expect(await again.read(20)).toEqual(range(0, 20));
      await again.commit(20);
      await again.stop();
      expect(world.remote(URN)).toBe(22);
    },
  );

  // Guard: the pages behind it made it forget the first answer, though its event was still in work.
  it('a crash while its first event is in work loses nothing, whatever is finished behind it', async () => {
    const run = await world.run({ start: LATEST });
    await during(run.read(20));
    await run.commit(0, [1, 2]);
    await run.crash(world);
    const again = await world.run({ start: LATEST });
    expect(await again.read(18)).toEqual([0, ...range(3, 20)]);
  });

  it('has an offset as soon as it was told that there is nothing, and saves it', async () => {
    const run = await world.run({ start: LATEST });
    await run.next();
    await run.stop();
    expect(world.remote(URN)).toBe(2);
    world.put(range(0, 20));
    expect(await (await world.run({ start: LATEST })).read(20)).toEqual(range(0, 20));
  });
});

describe('at a stop', () => {
  it('what was finished is stored here to the event, and in DataHub to the page', async () => {
    world.put(range(0, 20));
    const run = await world.run({ config: { page_size: 10 } });
    await run.read(20);
    await run.commit(13);
    await run.stop();
    expect(world.remote(URN)).toBe(10);
    expect(await (await world.run()).readAll()).toEqual(range(13, 20));
  });

  it('the position in DataHub is what DataHub Actions reads and writes', async () => {
    world.put(range(0, 3));
    const run = await world.run();
    await run.readAll();
    await run.commit(3);
    const before = Math.floor(Date.now() / 1000);
    await run.stop();
    const [proposal] = world.api.proposals as [Record<string, { value: string }>];
    expect(proposal).toMatchObject({
      entityType: 'platformResource',
      entityUrn: URN,
      changeType: 'UPSERT',
      aspectName: 'platformResourceInfo',
      aspect: { contentType: 'application/json' },
      systemMetadata: {
        runId: 'no-run-id-provided',
        lastRunId: 'no-run-id-provided',
        properties: { clientId: 'evrun' },
      },
    });
    const info = JSON.parse(proposal['aspect']?.value ?? '');
    expect(info).toEqual({
      resourceType: 'eventConsumerState',
      primaryKey: BASE,
      value: {
        blob: expect.any(String),
        contentType: 'JSON',
        schemaType: 'JSON',
        schemaRef: 'EventConsumerState@1',
      },
    });
    const state = JSON.parse(info.value.blob);
    expect(Object.keys(state)).toEqual(['VERSION', 'offset_id', 'timestamp']);
    expect(state).toMatchObject({ VERSION: 1, offset_id: world.api.log.offsetId(PLATFORM, 3) });
    expect(state.timestamp).toBeGreaterThanOrEqual(before);
    expect(state.timestamp).toBeLessThan(before + 60);
  });

  it('a copy that cannot be written is a warning, and the position here is right', async () => {
    world.put(range(0, 5));
    const run = await world.run({ config: { page_size: 2 } });
    await run.readAll();
    await run.commit(3);
    world.api.faults.push({ kind: 'save', status: 403 });
    await run.stop();
    expect(world.warnings.join()).toMatch(/copy of the position is out of date.*platform resources/);
    world.api.faults.length = 0;
    expect(await (await world.run()).readAll()).toEqual([3, 4]);
  });

  it('nothing is stored that was not committed', async () => {
    world.put(range(0, 5));
    const run = await world.run();
    await run.readAll();
    await run.stop();
    expect(world.api.proposals).toEqual([]);
    expect(await (await world.run()).readAll()).toEqual(range(0, 5));
  });
});

describe('moving to DataHub Actions and back', () => {
  it('goes on where the other one stopped, each time', async () => {
    world.put(range(0, 30));
    storedByDatahubActions(BASE, 10);
    const run = await world.run();
    expect(await run.readAll()).toEqual(range(10, 30));
    await run.commit(20);
    await run.stop();
    expect(world.remote(URN)).toBe(30);
    world.put(range(30, 40));
    storedByDatahubActions(BASE, 35);
    expect(await (await world.run()).readAll()).toEqual(range(35, 40));
  });

  // Guard: a resumption that takes DataHub's copy in any case turns this red (it repeats 11 and 12).
  it('its own copy does not win over the newer position here', async () => {
    world.put(range(0, 15));
    storedByDatahubActions(BASE, 10);
    const run = await world.run();
    await run.readAll();
    await run.commit(3);
    await run.crash(world);
    expect(await (await world.run()).readAll()).toEqual([13, 14]);
  });

  // Guard: a copy that is not noted before it is sent turns this red (4 to 9 come again).
  it('a copy whose answer was never heard is not taken for that of somebody else', async () => {
    world.put(range(0, 10));
    const run = await world.run({ config: { page_size: 4 } });
    await run.readAll();
    await run.commit(4);
    world.api.faults.push({ kind: 'save', unanswered: true, times: 1 });
    // Idle, it brings DataHub's copy up to date.
    while (world.remote(URN) === undefined) await run.next();
    await run.commit(8, [9]);
    await run.crash(world);
    expect(world.remote(URN)).toBe(4);
    expect(await (await world.run()).readAll()).toEqual([8]);
  });

  it('keeps what is finished within the page when the copy says the same page', async () => {
    world.put(range(0, 10));
    const run = await world.run();
    await run.readAll();
    await run.commit(0, [4, 5]);
    await run.crash(world);
    expect(await (await world.run()).readAll()).toEqual([0, 1, 2, 3, 6, 7, 8, 9]);
  });

  it('the state of another machine is used, and one that is none is ignored with a warning', async () => {
    world.put(range(0, 10));
    storedByDatahubActions(BASE, 6);
    const info = world.api.aspects.get(URN);
    world.api.aspects.set(URN, {
      ...info,
      value: { ...info?.value, schemaRef: 'Other@1', blob: info?.value.blob ?? '' },
    });
    expect(await (await world.run()).readAll()).toEqual(range(0, 10));
    expect(world.warnings.join()).toMatch(/is ignored: its schema is "Other@1"/);
  });
});

describe('a changed list of topics', () => {
  it('keeps the offset from one topic to several, and back', async () => {
    world.put(range(0, 10));
    const one = await world.run();
    await one.readAll();
    await one.commit(4);
    await one.stop();
    world.state.clear();
    const several = await world.run({ config: { topics: [PLATFORM, VERSIONED] } });
    // DataHub knows pages only: the page that was begun comes again.
    expect(await several.readAll()).toEqual(range(0, 10));
    await several.commit(10);
    await several.stop();
    expect(world.remote(stateUrn(`${BASE}-${PLATFORM}`))).toBe(10);
    world.put([10]);
    storedByDatahubActions(BASE, 0, PLATFORM, 1);
    world.state.clear();
    expect(await (await world.run()).readAll()).toEqual([10]);
  });

  it('keeps it on one machine to the event', async () => {
    world.put(range(0, 10));
    const one = await world.run();
    await one.readAll();
    await one.commit(4);
    await one.stop();
    const several = await world.run({ config: { topics: [PLATFORM, VERSIONED] } });
    expect(await several.readAll()).toEqual(range(4, 10));
    await several.stop();
    expect(await (await world.run()).readAll()).toEqual(range(4, 10));
  });

  it('gives each topic its own consumer id', async () => {
    world.api.put(VERSIONED, ['{"entityType":"dataset","changeType":"UPSERT"}']);
    const run = await world.run({ config: { topics: VERSIONED } });
    await run.readEvents();
    await run.commit(1, [], VERSIONED);
    await run.stop();
    const urn = 'urn:li:platformResource:8ae4003a699e7f55a79a289fa3cb7d8c';
    expect([...world.api.aspects.keys()]).toEqual([urn]);
  });
});

describe('where to begin', () => {
  const DAY = 86_400_000;

  it('without a position: from now on, or from the earliest event', async () => {
    world.put([1, 2]);
    const latest = await world.run({ start: LATEST });
    expect(await latest.readAll()).toEqual([]);
    world.put([3]);
    expect(await latest.read(1)).toEqual([3]);
    world.state.clear();
    expect(await (await world.run({ start: EARLIEST })).readAll()).toEqual([1, 2, 3]);
    expect(world.api.polls[0]).toMatchObject({ offsetId: null, lookbackDays: null });
  });

  it('lookback_days is sent as it is, and only without a position', async () => {
    world.put([1]);
    const start = {
      point: { at: 'time', time: Date.now() - 7 * DAY },
      lookbackDays: 7,
      ignoreStored: false,
    } as const;
    const run = await world.run({ start });
    expect(await run.readAll()).toEqual([1]);
    expect(world.api.polls[0]?.lookbackDays).toBe('7');
    expect(world.api.polls[1]).toMatchObject({ lookbackDays: null, offsetId: expect.any(String) });
  });

  it('a time becomes whole days for the server, and older events of them are left out', async () => {
    const now = Date.now();
    const put = (n: number, hoursAgo: number) =>
      world.api.put(PLATFORM, [withTime(n, now - hoursAgo * 3_600_000)], now - hoursAgo * 3_600_000);
    put(1, 60);
    put(2, 40);
    put(3, 20);
    const start = { point: { at: 'time', time: now - 30 * 3_600_000 }, ignoreStored: false } as const;
    const run = await world.run({ start });
    expect(await run.readAll()).toEqual([3]);
    expect(world.api.polls[0]?.lookbackDays).toBe('2');
    expect(run.passed).toBe(1);
  });

  it('ignoring what is stored wins over both copies, and a crash does not bring these back', async () => {
    world.put(range(0, 10));
    storedByDatahubActions(BASE, 8);
    const run = await world.run({ start: { point: { at: 'earliest' }, ignoreStored: true } });
    expect(await run.readAll()).toEqual(range(0, 10));
    await run.crash(world);
    expect(await (await world.run({ start: LATEST })).readAll()).toEqual(range(0, 10));
  });
});

function withTime(n: number, time: number): string {
  const value = JSON.parse(entityChange(n));
  return JSON.stringify({ ...value, header: { timestampMillis: time } });
}
