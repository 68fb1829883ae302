import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replyOf } from '../../src/sources/datahub-cloud/reply.ts';
import { glanceAt, placedReply, scannedReply, valuesOf } from '../../src/sources/datahub-cloud/scan.ts';
import { createPrefilter } from '../../src/support/lines/prefilter.ts';
import { entityChange } from '../fakes/poll-api/events.mjs';
import { isEmpty, PLATFORM, range, VERSIONED, World } from './datahub-cloud-world.ts';

const SPACED_BETWEEN = '"}, {"contentType": "application/json", "value": "';
const BETWEEN = '"},{"contentType":"application/json","value":"';

function page(values: readonly string[]): Buffer {
  const events = values.map((value) => ({ contentType: 'application/json', value }));
  return Buffer.from(JSON.stringify({ offsetId: 'eyJ+/-_=', count: values.length, events }));
}

/** As Python's json.dumps writes it. */
function spacedPage(values: readonly string[]): Buffer {
  const text = page(values).toString();
  return Buffer.from(
    text.replace(/"(?:[^"\\]|\\.)*"|[,:]/g, (token) => (token.length === 1 ? `${token} ` : token)),
  );
}

const lookAtAll = () => () => true;

/** Values that look as much as they can like what stands between two values. */
const value = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        BETWEEN,
        SPACED_BETWEEN,
        JSON.stringify(BETWEEN),
        '"}]}',
        '\\',
        '\\"',
        'DOMAIN',
        '{',
        ',{"',
        'é',
      ),
    ),
  )
  .map((parts) => parts.join(''));

describe.each([
  ['DataHub', page],
  ['Python', spacedPage],
])('an answer that is scanned, as %s spells it,', (_spelling, page) => {
  // Guard: looking for `{` between values without what stands around it turns this red.
  it('holds what it holds when it is parsed', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const scanned = scannedReply(page(values), lookAtAll);
        const parsed = replyOf(page(values), 'host');
        expect(scanned?.offsetId).toBe(parsed.offsetId);
        expect(scanned?.count).toBe(parsed.count);
        expect(scanned?.places).toEqual(values.map((_, i) => i));
        expect(values.map((_, i) => scanned?.value(i))).toEqual(values);
        expect(scanned?.last()).toEqual(values.at(-1));
        expect(parsed.last()).toEqual(values.at(-1));
        const placed = placedReply(page(values));
        expect(values.map((_, i) => placed?.value(i))).toEqual(values);
        expect(placed?.last()).toEqual(values.at(-1));
        expect(placed).toMatchObject({ offsetId: parsed.offsetId, count: parsed.count });
        expect(glanceAt(page(values))).toMatchObject({ offsetId: parsed.offsetId, count: parsed.count });
        expect(values.map((_, i) => parsed.value(i))).toEqual(values);
        expect(values.map((_, i) => valuesOf(page(values))(i))).toEqual(values);
      }),
      { numRuns: 500 },
    );
  });

  it('holds values that are larger than a piece, and such that end where one does', () => {
    const size = 112 * 1024;
    const near = fc.integer({ min: -80, max: 80 });
    const long = fc
      .tuple(near, fc.constantFrom(1, 2, 5), fc.constantFrom('x', '{', 'é', BETWEEN))
      .map(([more, times, unit]) =>
        unit.repeat(Math.floor((size * times + more) / JSON.stringify(unit).length)),
      );
    fc.assert(
      fc.property(fc.array(fc.oneof(long, value), { minLength: 1, maxLength: 6 }), (values) => {
        const scanned = scannedReply(page(values), lookAtAll);
        expect(values.every((text, i) => scanned?.value(i) === text)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('loses nothing to the prefilter that the value itself would not', () => {
    const prefilter = createPrefilter([[['DOMAIN'], ['value', 'json']]]);
    if (prefilter === undefined) throw new Error('no prefilter');
    const record = fc.oneof(
      value,
      value.map((text) => JSON.stringify({ text })),
    );
    fc.assert(
      fc.property(fc.array(record, { minLength: 1 }), (values) => {
        const scanned = scannedReply(page(values), (text) => {
          const ranges = prefilter.over(text);
          return (start, end) => ranges.mayMatch(start, end);
        });
        if (scanned === undefined) throw new Error('not scanned');
        for (const [i, text] of values.entries()) {
          if (scanned.places?.includes(i)) continue;
          expect(text.includes('DOMAIN') || (text.includes('value') && text.includes('json'))).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('hands on a value that is damaged as it stands', () => {
    const text = page(['a', 'b']).toString().replace('"b"', '"b\n"');
    expect(scannedReply(Buffer.from(text), lookAtAll)?.value(1)).toBe('b\n');
    expect(placedReply(Buffer.from(text))?.value(1)).toBe('b\n');
  });
});

describe('an answer that is parsed', () => {
  it('is one that is spelled in another way', () => {
    const text = page(['a', 'b']).toString();
    const others = [
      text.replace('"count":2', '"count":3'),
      text.replace('"count":2', '"count":1'),
      text.replace('"count":2', '"count":9007199254740991'),
      text.replace(',"count"', ', "count"'),
      spacedPage(['a', 'b']).toString().replace('}, {', '},{'),
      text.replace('"b"', 'null'),
      text.slice(0, -1),
      text.replace(
        '{"contentType":"application/json","value":"b"}',
        '{"value":"b","contentType":"application/json"}',
      ),
      JSON.stringify({ offsetId: 'x', count: 0, events: [] }),
      '',
    ];
    for (const other of others) {
      expect(scannedReply(Buffer.from(other), lookAtAll)).toBeUndefined();
      expect(placedReply(Buffer.from(other))).toBeUndefined();
    }
  });
});

describe('with a prefilter', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start({ echoState: true });
  });
  afterEach(() => world.stop());
  const prefilter = createPrefilter([[['DOMAIN']]]) as NonNullable<ReturnType<typeof createPrefilter>>;

  it('a page that is not whole is asked for again', async () => {
    world.api.put(PLATFORM, [entityChange(1, { category: 'DOMAIN', parameters: { n: 1 } })]);
    world.api.faults.push({ kind: 'poll', malformed: true, times: 2 });
    const run = await world.run({ prefilter });
    expect(await run.readAll()).toEqual([1]);
    expect(run.outages).toHaveLength(2);
  });

  it('what was finished before a crash is still known', async () => {
    world.api.put(
      PLATFORM,
      range(0, 6).map((n) =>
        entityChange(n, { category: n % 2 === 0 ? 'DOMAIN' : 'OWNER', parameters: { n } }),
      ),
    );
    const run = await world.run({ prefilter });
    expect(await run.readAll()).toEqual([0, 2, 4]);
    await run.commit(1, [4]);
    await run.crash(world);
    expect(await (await world.run({ prefilter })).readAll()).toEqual([2]);
  });

  // Guard: a sieve without `own` counts its own state as activity, and the second loop never ends quietly.
  it('changes to the own state are no activity', async () => {
    const log = (aspectName: string) =>
      JSON.stringify({ entityType: 'dataset', changeType: 'UPSERT', aspectName });
    world.api.put(VERSIONED, [log('DOMAIN'), log('other')]);
    const run = await world.run({ prefilter, config: { topics: VERSIONED } });
    expect(await run.readEvents()).toHaveLength(1);
    expect(run.passed).toBe(1);
    await run.commit(2, [], VERSIONED);
    while (world.api.requests.saves === 0) await run.next();
    for (let i = 0; i < 3; i += 1) expect(isEmpty((await run.next()) ?? { deliveries: [] })).toBe(true);
    expect(run.passed).toBe(1);
  });
});
