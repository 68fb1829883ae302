import { describe, expect, it } from 'vitest';
import type { ConfigSchema } from '../../src/contract/schema.ts';
import { compileSchema, compileUserSchema } from '../../src/support/schema/json-schema.ts';

const schema = {
  type: 'object',
  required: ['url'],
  properties: {
    url: { type: 'string', minLength: 1, description: 'Where to send.' },
    count: { type: 'integer', default: 3, minimum: 0 },
    ratio: { type: 'number', default: 0.5 },
    on: { type: 'boolean', default: false },
    mode: { type: 'string', enum: ['each', 'worker'], default: 'each' },
    topics: { type: ['string', 'array'], items: { type: 'string' } },
    topic: { type: 'string', alias: 'topics' },
    consumer_id: { type: 'string', ignored: 'the name decides; remove it' },
    auth: { type: 'object', properties: { bearer: { type: 'string', secret: true } } },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
    body: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'integer' } }] },
    free: { type: 'object' },
    password: { type: 'string', secret: true },
  },
} as const satisfies ConfigSchema;

const check = compileSchema(schema);
const read = (config: object) => check({ url: 'u', ...config });

describe('a connector’s options', () => {
  it.each([
    [{ count: '7' }, { count: 7 }],
    [{ count: ' 1_000 ' }, { count: 1000 }],
    [{ count: 3.0 }, { count: 3 }],
    [{ count: '3.0' }, { count: 3 }],
    [{ count: true }, { count: 1 }],
    [{ count: null }, { count: 3 }],
    [{ ratio: '0.25' }, { ratio: 0.25 }],
    [{ ratio: '1e-3' }, { ratio: 0.001 }],
    [{ on: 'Yes' }, { on: true }],
    [{ on: 'OFF' }, { on: false }],
    [{ on: 1 }, { on: true }],
    [{ topic: 'a' }, { topics: 'a' }],
    [{ body: ['1', 2] }, { body: [1, 2] }],
    [{ body: '1' }, { body: '1' }],
    [{ free: { n: '3', x: null } }, { free: { n: '3', x: null } }],
  ])('reads %j as %j, as typed fields do', (config, expected) => {
    const { value, problems } = read(config);
    expect(problems).toEqual([]);
    expect(value).toEqual({ url: 'u', count: 3, ratio: 0.5, on: false, mode: 'each', ...expected });
  });

  it('is copied: defaults and coercion never reach the caller’s object', () => {
    const config = { url: 'u', headers: { a: 'b' }, count: '3' };
    const { value } = check(config);
    expect(config).toEqual({ url: 'u', headers: { a: 'b' }, count: '3' });
    expect(value['headers']).not.toBe(config.headers);
  });

  it.each([
    [{ count: '3.5' }, ['count'], 'expected an integer, got "3.5"'],
    [{ count: '1e3' }, ['count'], 'expected an integer, got "1e3"'],
    [{ count: -1 }, ['count'], 'expected 0 or more, got -1'],
    [{ on: 'not' }, ['on'], 'expected true or false, got "not"'],
    [{ url: 12 }, ['url'], 'expected a text, got 12'],
    [{ url: '' }, ['url'], 'expected a text that is not empty, got ""'],
    [{ mode: 'eahc' }, ['mode'], 'expected one of each, worker, got "eahc"'],
    [{ auth: { berer: 'x' } }, ['auth', 'berer'], 'unknown key "berer"'],
    [{ auth: 'x' }, ['auth'], 'expected a map, got "x"'],
    [{ headers: { 'X/Y~Z': [1] } }, ['headers', 'X/Y~Z'], 'expected a text, got a list'],
    [{ body: ['x'] }, ['body', 0], 'expected an integer, got "x"'],
    [{ body: { a: 1 } }, ['body'], 'expected a text or a list, got a map'],
    [{ topic: { a: 1 } }, ['topic'], 'expected a text or a list, got a map'],
    [{ topic: 'a', topics: 'b' }, ['topic'], '"topic" and "topics" are two names of one option'],
  ])('%j is one problem at %j', (config, path, message) => {
    const { problems } = read(config);
    expect(problems.map((problem) => [problem.path, problem.message])).toEqual([[path, message]]);
  });

  it('never shows the value of a secret', () => {
    const { problems } = read({ password: 12345, auth: { bearer: ['hunter2'] } });
    expect(problems.map((problem) => problem.message)).toEqual(['expected a text', 'expected a text']);
    expect(JSON.stringify(problems)).not.toMatch(/12345|hunter2/);
  });

  it('names what is missing with its description', () => {
    expect(check({}).problems).toMatchObject([
      { path: [], message: '"url" is missing', expected: '"url" (Where to send)' },
    ]);
    expect(check('x').problems).toMatchObject([{ message: 'expected a map, got "x"' }]);
  });

  it('warns of an option without effect, and of unknown keys where they are kept', () => {
    expect(read({ consumer_id: 'x' }).problems).toMatchObject([
      { severity: 'warning', path: ['consumer_id'], about: 'key' },
    ]);
    const open = compileSchema({ type: 'object', properties: {}, additionalProperties: true });
    expect(open({ extra: 1 })).toMatchObject({
      value: { extra: 1 },
      problems: [{ severity: 'warning', path: ['extra'] }],
    });
  });

  it('knows one-of keys', () => {
    const either = compileSchema({
      type: 'object',
      properties: { path: { type: 'string' }, paths: { type: 'array' } },
      oneOf: [{ required: ['path'] }, { required: ['paths'] }],
    });
    expect(either({ path: 'a' }).problems).toEqual([]);
    expect(either({}).problems.map((problem) => problem.message)).toEqual(['"path" or "paths" is missing']);
    expect(either({ path: 'a', paths: [] }).problems.map((problem) => problem.message)).toEqual([
      'only one of "path" or "paths" can be given',
    ]);
  });
});

describe('a user’s JSON Schema', () => {
  it('names the JSON pointer of what is wrong and no value', () => {
    const check = compileUserSchema({
      type: 'object',
      properties: { a: { type: 'array', items: { type: 'integer' } }, at: { format: 'date-time' } },
      additionalProperties: false,
    });
    expect(check({ a: [1, 2] })).toEqual([]);
    expect(check({ a: [1, 'secret'] })).toEqual([{ pointer: '/a/1', message: 'must be integer' }]);
    expect(check({ b: 1 })).toEqual([{ pointer: '', message: 'must NOT have additional properties ("b")' }]);
    expect(check({ at: 'yesterday' })).toEqual([
      { pointer: '/at', message: 'must match format "date-time"' },
    ]);
  });

  it('stops at the first problem: hostile data cannot make a million of them', () => {
    const check = compileUserSchema({ type: 'array', items: { type: 'string' } });
    expect(check(Array.from({ length: 100_000 }, () => 1))).toHaveLength(1);
  });

  it.each([
    ['http://json-schema.org/draft-07/schema#', { items: [{ type: 'integer' }] }],
    ['https://json-schema.org/draft/2019-09/schema', { items: [{ type: 'integer' }] }],
    ['https://json-schema.org/draft/2020-12/schema', { prefixItems: [{ type: 'integer' }] }],
  ])('is read as the draft that it names: %s', ($schema, rest) => {
    expect(compileUserSchema({ $schema, ...rest })(['x'])).toMatchObject([{ pointer: '/0' }]);
  });

  it('may carry the same $id as another one', () => {
    const schema = { $id: 'https://example.com/order', type: 'string' };
    compileUserSchema(schema);
    expect(compileUserSchema({ ...schema, type: 'number' })('x')).toHaveLength(1);
  });

  it.each([[3], [null], ['x'], [{ type: 'strnig' }], [{ $schema: 'http://x/draft-04' }], [{ $async: true }]])(
    'that is none is refused: %j',
    (schema) => {
      expect(() => compileUserSchema(schema)).toThrow(/JSON Schema/);
    },
  );
});
