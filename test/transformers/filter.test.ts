import { describe, expect, it } from 'vitest';
import { eventOf } from '../support/events.ts';
import { make, passes, problemsOf } from './making.ts';

const ECE = 'EntityChangeEvent_v1';
const MCL = 'MetadataChangeLogEvent_v1';

describe("filter, held against DataHub's own cases", () => {
  const simple = { event_type: ECE, event: { field1: 'a', field2: 'b' } };
  const nested = { event_type: ECE, event: { field1: { nested_1: { nested_b: 'a' } } } };
  const list = { event_type: ECE, event: { field1: { nested_1: ['a', 'b'] } } };
  const scalars = { event_type: ECE, event: { field1: 'test', field2: 123 } };
  const mcl = { event_type: MCL, event: { entityType: 'X', aspectName: ['A', 'B'] } };
  const json = {
    event_type: MCL,
    event: {
      entityType: 'X',
      aspectName: ['A', 'B'],
      changeType: 'UPSERT',
      aspect: { value: { executorId: 'default' } },
    },
  };
  const mclOf = (value: string) => ({
    entityType: 'X',
    aspectName: 'B',
    changeType: 'UPSERT',
    aspect: { value },
  });
  it.each<[object, string, unknown, boolean]>([
    [simple, MCL, { field1: 'a', field2: 'b' }, false],
    [simple, ECE, { field1: 'a', field2: 'b' }, true],
    [simple, ECE, { field1: 'a', field2: 'c' }, false],
    [nested, ECE, { field1: { nested_1: { nested_b: 'a' }, nested_2: 'c' } }, true],
    [nested, ECE, { field1: { nested_1: { nested_b: 'b' } } }, false],
    [nested, ECE, { field1: { nested_1: ['a'] } }, false],
    [list, ECE, { field1: { nested_1: 'a' } }, true],
    [list, ECE, { field1: { nested_1: 'c' } }, false],
    [list, ECE, { field1: { nested_1: { a: 'B' } } }, false],
    [scalars, ECE, { field1: 'test', field2: 123 }, true],
    [mcl, MCL, { entityType: 'other', aspectName: 'A' }, false],
    [mcl, MCL, { entityType: 'X', aspectName: 'other' }, false],
    [mcl, MCL, { entityType: 'X', aspectName: 'A' }, true],
    [json, MCL, mclOf('{"executorId":"other"}'), false],
    [json, MCL, mclOf('{"executorId":"default"}'), true],
    [json, MCL, mclOf('{"executorId":'), false],
    [{ event_type: ECE, event: { a: null } }, ECE, {}, true],
    [{ event_type: ECE, event: { a: null } }, ECE, { a: 1 }, false],
    [{ event_type: ECE, event: { a: '1' } }, ECE, { a: 1 }, false],
    [{ event_type: ECE, event: { a: [] } }, ECE, { a: 'x' }, false],
    [{ event_type: ECE, event: { a: 'x' } }, ECE, { a: ['x'] }, false],
    [{ event_type: ECE, event: {} }, ECE, 'anything', true],
    [{ event_type: ECE }, ECE, undefined, true],
    [{ event_type: [ECE, MCL] }, MCL, {}, true],
    [{ event_type: [] }, MCL, {}, false],
  ])('%j on %s %j: %s', async (config, type, data, passed) => {
    expect(await passes(await make('filter', config), eventOf({ type, data }))).toBe(passed);
  });

  it('tells the prefilter what it asks for', async () => {
    expect((await make('filter', simple)).pattern).toEqual([{ types: [ECE], event: simple.event }]);
    expect((await make('filter', { event_type: [ECE, MCL], event: null })).pattern).toEqual([
      { types: [ECE, MCL], event: undefined },
    ]);
  });
});

describe("event_type, held against DataHub's own cases", () => {
  const or = { filter: { [ECE]: { event: [{ entityType: 'schemaField' }, { entityType: 'dataset' }] } } };
  const mixed = {
    filter: {
      [MCL]: {
        event: [
          { changeType: 'UPSERT', aspectName: ['A', 'B'], aspect: { value: { executorId: 'default' } } },
        ],
      },
    },
  };
  const mclOf = (changes: object) => ({
    changeType: 'UPSERT',
    aspectName: 'A',
    aspect: { value: '{"executorId":"default"}' },
    ...changes,
  });
  it.each<[object, string, unknown, boolean]>([
    [{ filter: { [ECE]: {} } }, 'TestEvent', {}, false],
    [{ filter: { [ECE]: {} } }, ECE, {}, true],
    [{ filter: { [ECE]: null } }, ECE, {}, true],
    [{ filter: { [ECE]: { event: null } } }, ECE, {}, true],
    [{ filter: { [ECE]: null, [MCL]: null } }, MCL, {}, true],
    [{ filter: { [ECE]: { event: [{ a: 1, b: 'x' }] } } }, ECE, { a: 1, b: 'x' }, true],
    [{ filter: { [ECE]: { event: [{ a: 1, b: 'x' }] } } }, ECE, { a: 1, b: 'y' }, false],
    [{ filter: { [ECE]: { event: [{ a: ['x', 'y'] }] } } }, ECE, { a: 'x' }, true],
    [{ filter: { [ECE]: { event: [{ a: ['x', 'y'] }] } } }, ECE, { a: 'y' }, true],
    [{ filter: { [ECE]: { event: [{ a: ['x', 'y'] }] } } }, ECE, { a: 'z' }, false],
    [or, ECE, { entityType: 'schemaField' }, true],
    [or, ECE, { entityType: 'dataset' }, true],
    [or, ECE, { entityType: 'chart' }, false],
    [{ filter: { [ECE]: { event: [] } } }, ECE, {}, false],
    [{ filter: { [ECE]: { event: [{ a: { b: 1 } }] } } }, ECE, { a: { b: 1 } }, true],
    [{ filter: { [ECE]: { event: [{ a: { b: 1 } }] } } }, ECE, { a: { b: 2 } }, false],
    [mixed, MCL, mclOf({}), true],
    [mixed, MCL, mclOf({ changeType: 'DELETE' }), false],
    [mixed, MCL, mclOf({ aspect: { value: '{"executorId":"other"}' } }), false],
    [{ filter: {} }, ECE, {}, false],
    [{ filter: { [ECE]: null } }, 'constructor', {}, false],
  ])('%j on %s %j: %s', async (config, type, data, passed) => {
    expect(await passes(await make('event_type', config), eventOf({ type, data }))).toBe(passed);
  });

  it('tells the prefilter what it asks for', async () => {
    const filter = { [ECE]: { event: [{ a: 'x' }, { b: 'y' }] }, [MCL]: null, Other: { event: [] } };
    expect((await make('event_type', { filter })).pattern).toEqual([
      { types: [ECE], event: { a: 'x' } },
      { types: [ECE], event: { b: 'y' } },
      { types: [MCL] },
    ]);
  });

  it.each<[unknown, string, unknown[]]>([
    [{ A: { events: [] } }, 'unknown key "events"', ['filter', 'A', 'events']],
    [{ A: 'x' }, 'expected null or a map', ['filter', 'A']],
    [{ A: { event: { a: 1 } } }, 'expected a list of patterns', ['filter', 'A', 'event']],
    [{ A: { event: [1] } }, 'expected a pattern', ['filter', 'A', 'event', 0]],
  ])('refuses %j', async (filter, message, path) => {
    const [problem, ...more] = await problemsOf('event_type', { filter: filter as object });
    expect(problem?.message).toContain(message);
    expect(problem?.path).toEqual(path);
    expect(more).toEqual([]);
  });
});

describe('where', () => {
  it('finds a condition that is none before the start', async () => {
    expect(await problemsOf('where', { expr: '"a"' })).toMatchObject([{ path: ['expr'], at: 0 }]);
    // Said once, where the schema says `cel`.
    expect(await problemsOf('where', { expr: '1 +' })).toEqual([]);
    await expect(make('where', { expr: '1 +' })).rejects.toThrow('EOF');
  });

  it('fails the event, for good, where a field is missing', async () => {
    const where = await make('where', { expr: 'event.data.x > 1' });
    const failing = passes(where, eventOf({ data: {} }));
    await expect(failing).rejects.toMatchObject({ code: 'EVR_TRANSFORM', retry: 'never' });
    await expect(passes(where, eventOf({ data: {} }))).rejects.toThrow('has(event.data.x)');
  });
});
