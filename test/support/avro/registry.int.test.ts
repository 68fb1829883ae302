import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EvrunError } from '../../../src/contract/errors.ts';
import { SchemaRegistry } from '../../../src/support/avro/registry.ts';
import { type RegistryOptions, registryProblems } from '../../../src/support/avro/registry-config.ts';
import { Schemas } from '../../../src/support/avro/schemas.ts';
import { framed } from '../../../src/support/avro/wire.ts';
import { redact } from '../../../src/support/logging/redact.ts';
import { needs } from '../../services/describe.ts';
import { sharedRegistry } from '../../services/registry.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(answer: Answer): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Every request gets this status and body. */
const always =
  (status: number, body: string): Answer =>
  (_, response) =>
    response.writeHead(status).end(body);

function open(
  schema_registry_url: string,
  schema_registry_config: RegistryOptions['schema_registry_config'] = {},
) {
  const registry = new SchemaRegistry({ schema_registry_url, schema_registry_config });
  closing.push(() => registry.close());
  return registry;
}

async function failureOf(attempt: Promise<unknown>): Promise<EvrunError> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(EvrunError);
  return error as EvrunError;
}

const NOBODY = 'http://127.0.0.1:9';
const INT = JSON.stringify({ schema: '"int"' });

describe('the client of a schema registry', () => {
  it('asks below any path, with or without slashes at its end', async () => {
    const paths: unknown[] = [];
    const url = await serve((request, response) => {
      paths.push(request.url);
      response.end(INT);
    });
    for (const base of [url, `${url}/`, `${url}/schema-registry/api/`, `${url}/apis/ccompat/v7//`])
      expect(await open(base).schema(7)).toMatchObject({ type: 'AVRO', text: '"int"' });
    expect(paths).toEqual([
      '/schemas/ids/7',
      '/schemas/ids/7',
      '/schema-registry/api/schemas/ids/7',
      '/apis/ccompat/v7/schemas/ids/7',
    ]);
  });

  it.each<[string, (url: string) => [string, RegistryOptions['schema_registry_config']?], object, string]>([
    [
      'a user',
      (url) => [url, { 'basic.auth.user.info': 'me:pa:ss' }],
      { authorization: `Basic ${btoa('me:pa:ss')}` },
      'pa:ss',
    ],
    [
      'a user in the URL',
      (url) => [url.replace('//', '//me:p%40ss@')],
      { authorization: `Basic ${btoa('me:p@ss')}` },
      'p@ss',
    ],
    [
      'a token',
      (url) => [url, { 'bearer.auth.token': 'tok-en', 'bearer.auth.logical.cluster': 'lsrc-1' }],
      { authorization: 'Bearer tok-en', 'target-sr-cluster': 'lsrc-1' },
      'tok-en',
    ],
  ])('shows %s, and never tells of it', async (_, where, headers, secret) => {
    const url = await serve((request, response) => {
      expect(request.headers).toMatchObject(headers);
      response.writeHead(401).end('no');
    });
    const error = await failureOf(open(...where(url)).schema(1));
    expect(error).toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
    expect(error.message).toMatch(/answered with 401: check "basic\.auth\.user\.info".*It said: no/);
    expect(error.message).not.toMatch(/pa:ss|p@ss|p%40ss|tok-en/);
    expect(redact(`log: ${secret}`)).toBe('log: ***');
  });

  it.each<[string, number, string]>([
    ['says so', 404, '{"error_code":40403,"message":"Schema not found"}'],
    ['has no words for it', 404, ''],
    ['finds the id wrong', 422, '{"error_code": 40403}'],
  ])('knows an id as unknown where the registry %s', async (_, status, body) => {
    expect(await open(await serve(always(status, body))).schema(1)).toBeUndefined();
  });

  // Guard: without the look at /subjects, a wrong path makes a dead letter of every record.
  it('refuses an address that is no registry, instead of calling every id unknown', async () => {
    const error = await failureOf(open(await serve(always(404, '<html>no such page</html>'))).schema(1));
    expect(error).toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
    expect(error.message).toMatch(
      /is not one: it has no list of subjects \(404\)\. Check schema_registry_url/,
    );
    const page = await failureOf(open(await serve(always(200, '<html>log in</html>'))).schema(1));
    expect(page.message).toMatch(/its answer is not JSON\. Check schema_registry_url/);
  });

  it('takes an id for unknown once the registry has known another', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/schemas/ids/1') response.end(INT);
      else response.writeHead(404).end('Not Found');
    });
    const registry = open(url);
    await registry.schema(1);
    expect(await registry.schema(2)).toBeUndefined();
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    ['nobody listens', async () => NOBODY, /schema registry: nothing listens at 127\.0\.0\.1:9/],
    ['it answers 503', () => serve(always(503, 'busy')), /answered with 503. It said: busy/],
    ['it asks for patience', () => serve(always(429, '')), /answered with 429/],
    ['it hangs up', () => serve((request) => request.socket.destroy()), /closed the connection/],
  ])('may be tried again later where %s', async (_, start, message) => {
    const error = await failureOf(open(await start()).schema(1));
    expect(error).toMatchObject({ code: 'EVR_UNREACHABLE', retry: 'later' });
    expect(error.message).toMatch(message);
  });

  it('gives up after its timeout, and at once when it is aborted', async () => {
    const url = await serve(() => undefined);
    expect(await failureOf(open(url, { timeout: 0.2 }).schema(1))).toMatchObject({ retry: 'later' });
    const aborted = open(url).schema(1, AbortSignal.abort());
    expect(await failureOf(aborted)).toMatchObject({ code: 'EVR_TIMEOUT' });
  });

  it('tries several addresses in turn', async () => {
    const url = await serve(always(200, INT));
    expect(await open(`${NOBODY}, ${url}`).schema(1)).toMatchObject({ text: '"int"' });
    const error = await failureOf(open(`${NOBODY},${await serve(always(500, ''))}`).schema(1));
    expect(error.message).toMatch(/answered with 500/);
  });

  it('says which file of a certificate cannot be read', async () => {
    const error = await failureOf(
      open('https://127.0.0.1:9', { 'ssl.ca.location': '/nowhere/ca.pem' }).schema(1),
    );
    expect(error).toMatchObject({ code: 'EVR_REFUSED' });
    expect(error.message).toMatch(/cannot read \/nowhere\/ca\.pem \(ssl\.ca\.location: ENOENT\)/);
  });

  it('connects to nothing before it is asked, and closes in any state', async () => {
    await open(NOBODY).close();
    const registry = open(await serve(always(200, INT)));
    await registry.schema(1);
    await registry.close();
    await registry.close();
  });
});

describe('the options of a schema registry', () => {
  const problems = (config: Record<string, unknown>, url = 'http://x:8081') =>
    registryProblems({ schema_registry_url: url, schema_registry_config: config });

  it('may be all that the Python client has, except other ways to get credentials', () => {
    const config = {
      'basic.auth.user.info': 'a:b',
      'basic.auth.credentials.source': 'USER_INFO',
      'ssl.ca.location': false,
      'max.retries': 3,
      timeout: '5',
    };
    expect(problems(config)).toEqual([]);
    expect(problems({}, 'http://localhost:8080/schema-registry/api/')).toEqual([]);
  });

  it.each<[Record<string, unknown>, RegExp, RegExp]>([
    [
      { 'basic.auth.userinfo': 'a:b' },
      /unknown key "basic.auth.userinfo"/,
      /Did you mean "basic.auth.user.info"/,
    ],
    [{ 'ssl.calocation': 'x' }, /unknown key/, /Did you mean "ssl\./],
    [{ nonsense: 1 }, /unknown key "nonsense"/, /Known keys: basic.auth.user.info, /],
    [{ constructor: 1 }, /unknown key "constructor"/, /Known keys/],
    [{ 'basic.auth.user.info': 'me' }, /expected "user:password", got no colon/, /^$/],
    [{ 'basic.auth.user.info': 7 }, /expected text/, /^$/],
    [{ timeout: 'soon' }, /a number above 0/, /^$/],
    [{ 'basic.auth.credentials.source': 'SASL_INHERIT' }, /from USER_INFO or URL only/, /Give "basic.auth/],
    [{ 'bearer.auth.credentials.source': 'OAUTHBEARER' }, /from STATIC_TOKEN only/, /bearer.auth.token/],
  ])('are refused with a suggestion: %j', (config, message, fix) => {
    const [problem, ...others] = problems(config);
    expect(others).toEqual([]);
    expect(problem?.path).toEqual(['schema_registry_config', Object.keys(config)[0]]);
    expect(problem?.message).toMatch(message);
    expect(problem?.fix ?? '').toMatch(fix);
  });

  it('name a URL', () => {
    for (const url of ['localhost:8081', 'ftp://x', 'http://', 'http://a, b'])
      expect(problems({}, url)).toMatchObject([{ path: ['schema_registry_url'] }]);
  });
});

const describeWithRegistry = await needs('registry');

describeWithRegistry('a real registry', () => {
  const LINE = { type: 'record', name: 'x.Line', fields: [{ name: 'n', type: 'int' }] };

  it('registers a schema once, looks it up, and gives it back by id and version', async () => {
    const { url } = await sharedRegistry();
    const registry = open(url);
    const subject = 'avro registers/once value';
    expect(await registry.schemaId(subject, JSON.stringify(LINE), { register: false })).toBeUndefined();
    const id = (await registry.schemaId(subject, JSON.stringify(LINE))) as number;
    expect(id).toBeGreaterThan(0);
    expect(await registry.schemaId(subject, JSON.stringify(LINE))).toBe(id);
    expect(await registry.schemaId(subject, JSON.stringify(LINE), { register: false })).toBe(id);
    expect(JSON.parse((await registry.schema(id))?.text ?? '')).toEqual(LINE);
    expect(await registry.version(subject, 'latest')).toMatchObject({ id, type: 'AVRO' });
    expect(await registry.version(subject, 9)).toBeUndefined();
    expect(await registry.schema(987_654)).toBeUndefined();
  }, 120_000);

  it('says why it does not take a schema', async () => {
    const { url } = await sharedRegistry();
    const error = await failureOf(open(url).schemaId('avro-bad-value', '{"type":"nonsense"}'));
    expect(error).toMatchObject({ code: 'EVR_ACTION', retry: 'never' });
    expect(error.message).toMatch(/does not take the schema for the subject "avro-bad-value"/);
  }, 120_000);

  it('gives schemas that refer to others', async () => {
    const { url } = await sharedRegistry();
    const registry = open(url);
    await registry.schemaId('avro-line', JSON.stringify(LINE));
    const order = { type: 'record', name: 'x.Order', fields: [{ name: 'line', type: 'x.Line' }] };
    const response = await fetch(`${url}/subjects/avro-order/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({
        schema: JSON.stringify(order),
        references: [{ name: 'x.Line', subject: 'avro-line', version: 1 }],
      }),
    });
    const { id } = (await response.json()) as { id: number };
    const schemas = new Schemas(registry);
    const value = framed(id, Buffer.of(14));
    await schemas.prepare([{ value, meta: {} }]);
    expect(schemas.readerFor(value).read(value, 5)).toEqual({ line: { n: 7 } });
  }, 120_000);
});
