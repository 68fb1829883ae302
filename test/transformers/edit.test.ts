import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/contract/event.ts';
import { cloudEventJson } from '../../src/support/events/cloudevents-json.ts';
import { eventOf } from '../support/events.ts';
import { make, newWorld, problemsOf } from './making.ts';

async function run(type: string, config: object, attributes: Parameters<typeof eventOf>[0]): Promise<Event> {
  return (await (await make(type, config)).transform(eventOf(attributes), undefined)) as Event;
}

describe('map', () => {
  it('says at which expression of the shape a mistake is', async () => {
    const data = { a: 'event.data.x', b: ['1', { c: 'tag added' }] };
    const [problem, ...more] = await problemsOf('map', { data });
    expect(problem).toMatchObject({ path: ['data', 'b', 1, 'c'], at: 4 });
    expect(problem?.fix).toContain('quotes');
    expect(more).toEqual([]);
  });

  it('makes data that is one value, also none', async () => {
    expect((await run('map', { data: 'event.data.x' }, { data: { x: [1] } })).data).toEqual([1]);
    expect((await run('map', { data: null }, { data: 1 })).data).toBeNull();
    expect(cloudEventJson(await run('map', { data: 'event.data.?x' }, { data: {} }))).not.toContain('data');
  });

  it('makes keys that objects inherit ordinary', async () => {
    const shape = JSON.parse('{"__proto__": "event.data", "constructor": "1"}') as object;
    const { data } = await run('map', { data: shape }, { data: { polluted: true } });
    expect(JSON.stringify(data)).toBe('{"__proto__":{"polluted":true},"constructor":1}');
    expect((data as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('fails on an attribute that CloudEvents do not allow', async () => {
    await expect(run('map', { time: '"yesterday"' }, { data: 1 })).rejects.toThrow(
      'cannot set time: it must be',
    );
    await expect(run('map', { type: 'event.data.?t' }, { data: {} })).rejects.toThrow('cannot set type');
  });
});

describe('set', () => {
  it('says where a mistake is, in paths and in templates', async () => {
    const values = { 'meta.x': 1, 'data.a': { b: ['${{ 1 + }}'] }, 'extensions.Up': 1, 'data.l[*]': 1 };
    const found = await problemsOf('set', { values });
    expect(found.map(({ path }) => path.join(' '))).toEqual([
      'values meta.x',
      'values data.a b 0',
      'values extensions.Up',
      'values data.l[*]',
    ]);
  });

  it('fails where an attribute gets what CloudEvents do not allow', async () => {
    await expect(run('set', { values: { source: 'a b' } }, {})).rejects.toThrow('must be a URI reference');
    await expect(run('set', { values: { 'extensions.x': { a: 1 } } }, {})).rejects.toThrow('extensions.x');
    await expect(run('set', { values: { key: ['a'] } }, {})).rejects.toThrow('cannot set key');
  });

  it('names the whole path where something else stands in the way', async () => {
    await expect(run('set', { values: { 'data.p.q.r': 1 } }, { data: { p: 'text' } })).rejects.toThrow(
      /^cannot set data\.p\.q\.r: expected a map there to hold \.q, the event has a string$/,
    );
  });

  it('leaves an event alone that has the value already', async () => {
    const set = await make('set', { values: { 'data.a': 1 } });
    const event = eventOf({ data: { a: 1 } });
    expect(set.transform(event, undefined)).toBe(event);
  });
});

describe('remove and rename', () => {
  it('leave nothing behind', async () => {
    const removed = await run(
      'remove',
      { paths: ['data.a', 'extensions.e'] },
      { data: { a: 1 }, extensions: { e: 1 } },
    );
    expect(removed.data).toStrictEqual({});
    expect(removed.extensions).toStrictEqual({});
    const renamed = await run('rename', { paths: { 'data.a': 'data.b' } }, { data: { a: 1 } });
    expect(renamed.data).toStrictEqual({ b: 1 });
  });

  it('refuse what an event cannot be without, and a place inside of what moves', async () => {
    expect(await problemsOf('remove', { paths: ['id'] })).toHaveLength(1);
    expect(await problemsOf('rename', { paths: { type: 'data.x' } })).toHaveLength(1);
    const [problem] = await problemsOf('rename', { paths: { 'data.a': 'data.a.b' } });
    expect(problem?.message).toContain('inside of what is moved');
  });
});

describe('split', () => {
  it('says what it got instead of a list', async () => {
    await expect(run('split', { by: 'event.data' }, { data: { a: 1 } })).rejects.toMatchObject({
      code: 'EVR_TRANSFORM',
      retry: 'never',
      message: expect.stringContaining('expected `event.data` to be a list, got a map'),
    });
    expect(await problemsOf('split', { by: '"a"' })).toHaveLength(1);
  });
});

describe('validate', () => {
  const schema = { type: 'object', properties: { items: { items: { required: ['id'] } } } };

  it('names the place in the data, and not what stands there', async () => {
    const failing = run('validate', { schema }, { data: { items: [{ id: 1 }, { secret: 'hush' }] } });
    await expect(failing).rejects.toMatchObject({ code: 'EVR_TRANSFORM', retry: 'never' });
    await expect(failing).rejects.toThrow('at /items/1 does not fit the schema');
    await expect(failing).rejects.not.toThrow('hush');
  });

  it('refuses a schema that is none before the start', async () => {
    expect(await problemsOf('validate', { schema: { type: 'nonsense' } })).toMatchObject([
      { path: ['schema'] },
    ]);
  });

  it("reads a schema from a file beside the recipe, and says before the start if it can't", async () => {
    const recipeDir = await mkdtemp(join(tmpdir(), 'evrun-validate-'));
    try {
      const world = { ...newWorld(), recipeDir };
      await writeFile(join(recipeDir, 'schema.json'), JSON.stringify({ type: 'string' }));
      const validate = await make('validate', { schema_file: 'schema.json' }, world);
      expect(() => validate.transform(eventOf({ data: 1 }), undefined)).toThrow('does not fit');
      await writeFile(join(recipeDir, 'torn.json'), '{');
      for (const schema_file of ['other.json', 'torn.json']) {
        const [problem] = await problemsOf('validate', { schema_file }, recipeDir);
        expect(problem?.path).toEqual(['schema_file']);
        expect(problem?.message).toContain(schema_file);
      }
    } finally {
      await rm(recipeDir, { recursive: true });
    }
  });
});

describe('redact', () => {
  it('makes equal values equal hashes, which a salt keeps from being guessed', async () => {
    const data = { a: 'x', b: 'x', n: { x: 1 } };
    const plain = (await run('redact', { paths: ['data.a', 'data.b'], mode: 'hash' }, { data }))
      .data as typeof data;
    expect(plain.a).toBe(plain.b);
    const config = { paths: ['data.a', 'data.n'], mode: 'hash', salt: 's' };
    const salted = (await run('redact', config, { data })).data as typeof data;
    expect(salted.a).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(salted.a).not.toBe(plain.a);
  });

  it('overlooks nothing, however deep it is hidden', async () => {
    let data: unknown = { password: 'hush' };
    for (let i = 0; i < 20_000; i++) data = i % 2 ? [data] : { data };
    const redacted = await run('redact', { keys: ['password'] }, { data });
    let innermost: unknown = redacted.data;
    while (typeof innermost === 'object') innermost = Object.values(innermost as object)[0];
    expect(innermost).toBe('***');
  });

  it('is refused where it would do nothing', async () => {
    expect(await problemsOf('redact', {})).toMatchObject([{ message: 'nothing is redacted' }]);
    expect(await problemsOf('redact', { keys: ['a'], salt: 's' })).toMatchObject([{ severity: 'warning' }]);
  });
});
