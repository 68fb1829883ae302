import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consumerIds, stateAspect, stateOf, stateUrn } from '../../src/sources/datahub-cloud/consumer.ts';
import { eventTime } from '../../src/sources/datahub-cloud/event-time.ts';
import definition from '../../src/sources/datahub-cloud/index.ts';
import { missingBetween, readOffsetId } from '../../src/sources/datahub-cloud/offset-id.ts';
import { Pace } from '../../src/sources/datahub-cloud/pace.ts';
import { beginningOf } from '../../src/sources/datahub-cloud/start.ts';
import { compileSchema } from '../../src/support/schema/json-schema.ts';
import { entityChange } from '../fakes/poll-api/events.mjs';

const PLATFORM = 'PlatformEvent_v1';
const VERSIONED = 'MetadataChangeLog_Versioned_v1';
const BASE = 'urn:li:dataHubAction:test-pipeline';

describe('the consumer of a pipeline', () => {
  it('is named after it, unless it is a URN already', () => {
    expect(consumerIds('test-pipeline', PLATFORM, [PLATFORM]).own).toBe(BASE);
    expect(consumerIds(BASE, PLATFORM, [PLATFORM]).own).toBe(BASE);
  });

  it('is one per topic, but for platform events alone', () => {
    expect(consumerIds('test-pipeline', VERSIONED, [VERSIONED])).toEqual({
      own: `${BASE}-${VERSIONED}`,
      former: [],
    });
    expect(consumerIds('test-pipeline', PLATFORM, [PLATFORM, VERSIONED])).toEqual({
      own: `${BASE}-${PLATFORM}`,
      former: [BASE],
    });
    expect(consumerIds('test-pipeline', PLATFORM, [PLATFORM]).former).toEqual([`${BASE}-${PLATFORM}`]);
  });

  it.each([
    [BASE, '4aecbdd543ea195d1a1e89d126799534'],
    [`${BASE}-${VERSIONED}`, '8ae4003a699e7f55a79a289fa3cb7d8c'],
    [`${BASE}-${PLATFORM}`, 'a5e0b6a3075d1e23a13100d27626c2b3'],
    // Python's json.dumps escapes what is not ASCII.
    ['urn:li:dataHubAction:café 😀', '0fe446c470fc7e477c30b5d2e5b5987d'],
  ])('%s keeps its state where DataHub Actions does', (id, md5) => {
    expect(stateUrn(id)).toBe(`urn:li:platformResource:${md5}`);
  });

  it('reads back what it writes, whatever the offset id', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 0, max: 2 ** 45 }), (offsetId, ms) => {
        expect(stateOf(stateAspect(BASE, offsetId, ms))).toEqual({
          offsetId,
          timestamp: Math.floor(ms / 1000),
        });
      }),
    );
  });

  it('has no position where the aspect holds none, and says why it cannot be read', () => {
    const value = { blob: '{"VERSION":1}', contentType: 'JSON', schemaType: 'JSON' };
    expect([undefined, null, {}, { value: null }, { value }].map(stateOf)).toEqual(Array(5).fill(undefined));
    expect(stateOf({ value: { ...value, contentType: 'BINARY' } })).toMatch(/not JSON/);
    expect(stateOf({ value: { ...value, blob: '{' } })).toMatch(/cannot be read/);
    expect(stateOf({ value: { ...value, schemaRef: 'Else@1' } })).toMatch(/"Else@1"/);
    expect(stateOf({ value: { ...value, blob: '{"offset_id":"x"}' } })).toEqual({
      offsetId: 'x',
      timestamp: 0,
    });
  });
});

describe('offset ids', () => {
  const id = (offsets: unknown) => Buffer.from(JSON.stringify(offsets)).toString('base64');

  it('that read as DataHub makes them tell what is missing between two', () => {
    expect(missingBetween(id({ 'p-0': 12, 'p-1': 7 }), id({ 'p-0': 15, 'p-1': 8 }), 4)).toBe(0);
    expect(missingBetween(id({ 'p-0': 12 }), id({ 'p-0': 30, 'p-1': 9 }), 4)).toBe(14);
    expect(missingBetween(id({ 'p-0': 12 }), id({ 'p-0': 2 }), 0)).toBe(-10);
  });

  it('that do not, tell nothing and break nothing', () => {
    expect(missingBetween('opaque', id({ 'p-0': 2 }), 1)).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => void readOffsetId(text)));
    expect([id([1]), id('x'), id({ p: -1 }), id({ p: 1.5 })].map(readOffsetId)).toEqual(
      Array(4).fill(undefined),
    );
  });
});

describe('the time of an event', () => {
  it('is that of its header, or of its creation', () => {
    expect(eventTime(entityChange(3))).toBe(1_737_170_481_716);
    expect(eventTime('{"header":{"timestampMillis":{"long":7}}}')).toBe(7);
    expect(eventTime('{"created":{"time":5,"actor":"a"}}')).toBe(5);
    expect(eventTime('{"created":{"com.linkedin.pegasus2avro.common.AuditStamp":{"time":5}}}')).toBe(5);
    expect(['{"created":null}', '{}', 'x', 'null'].map(eventTime)).toEqual(Array(4).fill(undefined));
  });
});

describe('the size of a page', () => {
  it('never leaves its bounds, and never becomes none', () => {
    const step = fc.oneof(
      fc.record({ count: fc.nat(6000), bytes: fc.nat(2e8) }),
      fc.record({ count: fc.integer({ min: 1, max: 5000 }), ms: fc.nat(1e7) }),
      fc.constant({}),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.array(step), (most, steps) => {
        const pace = new Pace(most);
        for (const given of steps) {
          if ('bytes' in given) pace.arrived(given.count, given.bytes, pace.limit);
          else if ('ms' in given) pace.worked(given.count, given.ms);
          else pace.tooLarge(pace.limit);
          expect(pace.limit).toBeGreaterThanOrEqual(1);
          expect(pace.limit).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  it('becomes 10 s of work where the work is slow, and large again when it is not', () => {
    const pace = new Pace(5000);
    pace.worked(1000, 100_000);
    expect(pace.limit).toBe(100);
    for (let i = 0; i < 10; i += 1) pace.worked(100, 100);
    expect(pace.limit).toBe(1000);
  });

  it('is halved when an answer was too large, until it is one event', () => {
    const pace = new Pace(2);
    expect([pace.tooLarge(2), pace.limit, pace.tooLarge(1)]).toEqual([true, 1, false]);
  });
});

describe('where a topic begins', () => {
  const now = 1_800_000_000_000;
  const DAY = 86_400_000;

  it('without an offset, a crash goes back to no later than the first start', () => {
    const starts = [
      { point: { at: 'latest' }, ignoreStored: false },
      { point: { at: 'earliest' }, ignoreStored: false },
      { point: { at: 'time', time: now - 5 * DAY - 1 }, ignoreStored: false },
      { point: { at: 'latest' }, lookbackDays: 3, ignoreStored: false },
    ] as const;
    for (const start of starts) {
      const first = beginningOf(undefined, start, now);
      const stored = {
        offset: undefined,
        since: first.unwantedBefore,
        floor: first.floor,
        done: [],
        from: 'this machine',
        at: now,
      } as const;
      const second = beginningOf(stored, start, now + DAY);
      const reach = (begin: typeof first, at: number) => at - (begin.lookbackDays ?? 0) * DAY;
      expect(reach(second, now + DAY)).toBeLessThanOrEqual(
        Math.max(reach(first, now), now - 3650 * DAY + DAY),
      );
      expect(second.floor).toBe(first.floor);
    }
  });
});

describe('the options', () => {
  const check = (config: Record<string, unknown>) => {
    const { value, problems } = compileSchema(definition.schema)(config);
    return [
      ...problems.map(({ message }) => message),
      ...(definition.check?.(value as never, { recipeDir: '.' }) ?? []).map(({ message }) => message),
    ];
  };

  it('of a DataHub Actions recipe are accepted, by the old names and the new', () => {
    const old = {
      topic: PLATFORM,
      consumer_id: 'x',
      infinite_retry: true,
      event_processing_time_max_duration_seconds: 30,
    };
    expect(check(old).filter((message) => !/effect|slow|name of the pipeline/.test(message))).toEqual([]);
    expect(check({ topics: [PLATFORM, VERSIONED] })).toEqual([]);
    expect(check({ topics: VERSIONED })).toEqual([]);
  });

  it('name a topic that DataHub does not hand out, and a page that is too large', () => {
    expect(check({ topics: ['Else'] }).join()).toMatch(/no topic "Else"/);
    expect(check({ topics: PLATFORM, topic: PLATFORM }).join()).toMatch(/two names of one option/);
    expect(check({ page_size: 5001 })).toHaveLength(1);
    expect(check({ topics: [] })).toHaveLength(1);
  });
});
