import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Action } from '../../src/contract/action.ts';
import type { ActionDefinition, FormatDefinition, TransformerDefinition } from '../../src/contract/define.ts';
import { Envelope } from '../../src/contract/envelope.ts';
import type { Event } from '../../src/contract/event.ts';
import type { Format } from '../../src/contract/format.ts';
import type { Transformer } from '../../src/contract/transformer.ts';
import { loadUserModule } from '../../src/support/modules/user-module.ts';
import { bundle } from '../actions/bundle.ts';
import { attempt, context, failureOf } from '../actions/kit.ts';
import { folder } from './disk.ts';
import { eventOf } from './events.ts';

let dir: Awaited<ReturnType<typeof folder>>;
let count = 0;

beforeAll(async () => {
  dir = await folder();
});

afterAll(() => dir[Symbol.asyncDispose]());

/** A module with this text; its path. */
async function written(text: string, extension = 'mjs'): Promise<string> {
  count += 1;
  const path = join(dir.path, `module-${count}.${extension}`);
  await writeFile(path, text);
  return path;
}

async function action(text: string): Promise<Action> {
  const definition = (await loadUserModule(await written(text), 'action')) as ActionDefinition;
  return definition.create({}, context());
}

async function loader() {
  const child = await bundle(new URL('user-module-child.ts', import.meta.url));
  return { ...child, [Symbol.asyncDispose]: child.remove };
}

async function transformer(text: string): Promise<Transformer> {
  const definition = (await loadUserModule(await written(text), 'transformer')) as TransformerDefinition;
  return definition.create({}, context());
}

async function format(text: string): Promise<Format> {
  const definition = (await loadUserModule(await written(text), 'format')) as FormatDefinition;
  return definition.create({});
}

const given = eventOf({ id: 'a', type: 'T', data: { n: { x: 1 } }, meta: { m: 1 }, key: 'k' });

test('a plain function is an action: true and nothing are fine, false and throwing fail with the place', async () => {
  const act = async (body: string) =>
    (await action(`export default (event, attempt) => {\n  ${body}\n}`)).act;
  for (const fine of ['return true', '', 'return 0', 'return Promise.resolve()']) {
    await (await act(fine))?.(given, attempt());
  }
  for (const wrong of ['return false', 'return Promise.resolve(false)']) {
    const failure = await failureOf(async () => (await act(wrong))?.(given, attempt()));
    expect(failure).toMatchObject({ code: 'EVR_ACTION', retry: 'later' });
    expect(failure.message).toMatch(/module-\d+\.mjs: the action returned false$/);
  }
  for (const wrong of ['event.data.no.such', 'return Promise.resolve().then(() => event.data.no.such)']) {
    const failure = await failureOf(async () => (await act(wrong))?.(given, attempt()));
    expect(failure).toMatchObject({ code: 'EVR_ACTION', retry: 'later' });
    expect(failure.message).toMatch(/module-\d+\.mjs:2:\d+: Cannot read properties of undefined/);
  }
});

// Guard: handing out the event itself lets one attempt change what the next one, and the dead letter, hold.
test('a module gets its own copy of the event, with everything that it has', async () => {
  const changing = await action(`export default (event) => {
    if (event.data.n.x !== 1 || event.key !== 'k' || event.meta.m !== 1) throw new Error('not there');
    event.data.n.x = 2; event.meta.m = 2; event.type = 'other';
  }`);
  for (const n of [1, 2]) await changing.act?.(given, attempt(n));
  expect(given).toMatchObject({ type: 'T', data: { n: { x: 1 } }, meta: { m: 1 } });
});

test('an error decides with `retry: "never"` that trying again cannot help', async () => {
  const never = await action(
    `export default () => { throw Object.assign(new Error('no'), { retry: 'never' }) }`,
  );
  expect(await failureOf(() => never.act?.(given, attempt()))).toMatchObject({ retry: 'never' });
  const text = await action(`export default () => { throw 'just text' }`);
  expect((await failureOf(() => text.act?.(given, attempt()))).message).toMatch(/mjs: just text$/);
});

test('the attempt has its number, signal and an idempotency key that a changed copy does not change', async () => {
  const seen = await action(`export default (event, attempt) => {
    const before = attempt.idempotencyKey(event);
    event.id = 'changed';
    if (before !== 'key-of-a' || attempt.idempotencyKey(event) !== before) throw new Error('key');
    if (attempt.number !== 3 || attempt.signal.aborted) throw new Error('attempt');
  }`);
  await seen.act?.(given, attempt(3));
});

test('a definition has its config, batches and closing; results are counted', async () => {
  const path = await written(`export default { kind: 'action', schema: { type: 'object', properties: {} },
    async create(config, ctx) {
      return {
        batch: { maxEvents: 10, maxBytes: 1000, lingerMs: 0, keepsOrder: true },
        actBatch: async (events) => events.slice(config.skip).map((event) =>
          event.id === 'bad' ? { failed: new Error('bad one') } : undefined),
      };
    } };`);
  const definition = (await loadUserModule(path, 'action')) as ActionDefinition;
  const good = await definition.create({ skip: 0 }, context());
  const results = await good.actBatch?.([given, eventOf({ id: 'bad' })], attempt());
  expect(results).toMatchObject([undefined, { failed: { code: 'EVR_ACTION', retry: 'later' } }]);
  await good.close();
  const short = await definition.create({ skip: 1 }, context());
  const failure = await failureOf(() => short.actBatch?.([given, given], attempt()));
  expect(failure.message).toMatch(/was given 2 events and returned 1 results/);
});

const transform = async (body: string, event: Event = given) => {
  const made = await transformer(`export default (event) => { ${body} }`);
  return made.transform(event, undefined);
};

test('a transformer passes, changes, splits and drops', async () => {
  expect(await transform('return null')).toBeNull();
  expect(await transform('return []')).toEqual([]);
  const changed = (await transform(
    'event.data.n.x = 5; event.subject = "s"; delete event.key; return event',
  )) as Event;
  expect(changed).toMatchObject({ id: 'a', type: 'T', data: { n: { x: 5 } }, subject: 's', meta: { m: 1 } });
  expect(changed.key).toBeUndefined();
  const parts = (await transform('return [event, { type: "U", data: 1 }]')) as readonly Event[];
  expect(parts.map(({ type, data }) => [type, data])).toEqual([
    ['T', { n: { x: 1 } }],
    ['U', 1],
  ]);
  expect(await transform('return Promise.resolve(event)')).toMatchObject({ type: 'T' });
});

test('data that a transformer left alone keeps the spelling of its numbers', async () => {
  class Original extends Envelope {
    override get dataText() {
      return '{"n":12345678901234567890}';
    }
  }
  const event = new Original('T', { n: 1.2e19 });
  const passed = (await transform('event.subject = "s"; return event', event)) as Envelope;
  expect([passed.subject, passed.dataText]).toEqual(['s', '{"n":12345678901234567890}']);
  const other = (await transform('event.data.m = 1; return event', event)) as Envelope;
  expect(other.dataText).toBeUndefined();
});

// Guard: without eventProblem an event without a type reaches the action.
test('what is no event is refused, and told where it came from', async () => {
  const wrong: [string, RegExp][] = [
    ['', /it returned nothing: return the event/],
    ['return true', /expected an event, got a boolean/],
    ['return {}', /`type` to be text, got nothing/],
    ['return { type: "" }', /`type` is empty/],
    ['return { type: "T", id: 5 }', /`id` to be text, got a number/],
    ['return { type: "T", time: new Date() }', /`time` to be text, got an object \(Date\)/],
    ['return { type: "T", meta: [] }', /`meta` to be an object, got a list/],
    ['return { type: "T", data: () => 1 }', /`data` is a function/],
    ['return [event, undefined]', /expected an event, got nothing/],
    ['return [[event]]', /expected an event, got a list/],
    ['return Promise.resolve(7)', /expected an event, got a number/],
  ];
  for (const [body, message] of wrong) {
    const failure = await failureOf(() => transform(body));
    expect(failure).toMatchObject({ code: 'EVR_TRANSFORM', retry: 'never' });
    expect(failure.message).toMatch(/^\/.*module-\d+\.mjs: /);
    expect(failure.message).toMatch(message);
  }
});

test('a format that throws, or makes no event, says so as poison', async () => {
  const record = { value: 'x', meta: {} };
  const good = await format(`export default (record) =>
    record.value === 'skip' ? { ignored: 'skipped' } : { type: 'T', data: record.value }`);
  expect(good.decode(record)).toEqual({ type: 'T', data: 'x' });
  expect(good.decode({ ...record, value: 'skip' })).toEqual({ ignored: 'skipped' });
  for (const [text, message] of [
    [`export default (record) => {\n JSON.parse('{'); }`, /mjs:2:\d+: .*JSON/],
    ['export default () => ({ data: 1 })', /`type` to be text, got nothing/],
    ['export default async () => ({ type: "T" })', /must decode synchronously/],
  ] as const) {
    const bad = await format(text);
    const failure = await failureOf(() => bad.decode(record));
    expect(failure.code).toBe('EVR_DECODE');
    expect(failure.message).toMatch(message);
  }
});

test('a source made by hand runs, and its mistakes have a place', async () => {
  const path = await written(`export default { kind: 'source', create: () => ({
    async open() {},
    async *read() { yield { deliveries: [] };\n      throw new Error('lost the server'); },
    async close() {},
  }) };`);
  const definition = await loadUserModule(path, 'source');
  if (definition.kind !== 'source') return expect.fail('no source');
  expect(definition).toMatchObject({ defaultFormat: 'json', ordered: true, retries: 'engine' });
  const source = definition.create({}, context() as never);
  await source.open();
  const failure = await failureOf(async () => {
    for await (const batch of source.read(new AbortController().signal)) expect(batch.deliveries).toEqual([]);
  });
  expect(failure).toMatchObject({ code: 'EVR_SOURCE', retry: 'later' });
  expect(failure.message).toMatch(/mjs:\d+:13: lost the server/);
  await source.close();
});

test('a module that cannot be loaded says where and why', async () => {
  await using child = await loader();
  const load = async (text: string, extension = 'mjs', kind = 'action') =>
    (await child.shell(`run ${await written(text, extension)} ${kind}`)).out;
  expect(await load('export default () => {}')).toBe('loaded');
  const cases: [string, RegExp][] = [
    [
      await load('export default () => {\n  const a = ;\n}'),
      /mjs:2: cannot load the module: Unexpected token/,
    ],
    [await load('const a = 1;\nnull.x;'), /mjs:2:6: cannot load the module: Cannot read properties of null/],
    [await load("import 'no-such-package-here'"), /no-such-package-here.*Install the package/],
    [await load("import { nope } from 'node:fs'"), /mjs:1: cannot load the module: .*nope/],
    [await load('export default 1', 'ts'), /Write JavaScript/],
    [
      await load('export const x = 1'),
      /its default export is missing\. Expected `export default defineAction/,
    ],
    [await load('export default 5'), /is neither a definition nor a function/],
    [await load('export default { kind: "action" }'), /has no `create`/],
    [
      await load('export default { kind: "source", create() {} }'),
      /defines a source, but stands where an action/,
    ],
    [await load('export default () => {}', 'mjs', 'source'), /a function, which cannot be a source/],
    [(await child.shell('run /no/such.mjs action')).out, /there is no module \/no\/such\.mjs/],
  ];
  for (const [said, message] of cases) {
    expect(said).toMatch(/^EVR_RECIPE never /);
    expect(said).toMatch(message);
  }
});

test('a mistake in a file that the module imports is told with that file', async () => {
  await using child = await loader();
  const helper = await written('export const a = 1;\nexport const b = ;');
  const path = await written(`import '${helper}';\nexport default () => {};`);
  const { out } = await child.shell(`run ${path} action`);
  expect(out).toContain(`${helper}:2: cannot load the module`);
});

test('a `create` that throws, or gives nothing, is a mistake of the module', async () => {
  const made = (text: string) =>
    failureOf(() => action(`export default { kind: 'action', create(config) { ${text} } }`));
  expect(await made('\nconfig.no.such')).toMatchObject({ code: 'EVR_RECIPE' });
  expect((await made('\nconfig.no.such')).message).toMatch(/mjs:2:\d+: /);
  expect((await made('')).message).toMatch(/`create` returned undefined, expected the action/);
  expect((await made('return {}')).message).toMatch(/expected an `act` function/);
});
