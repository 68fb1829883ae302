import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import definition from '../../src/actions/http/index.ts';
import { parseUrl } from '../../src/actions/http/url.ts';
import type { Action } from '../../src/contract/action.ts';
import type { PartContext } from '../../src/contract/context.ts';
import { EvrunError } from '../../src/contract/errors.ts';
import { eventOf } from '../support/events.ts';
import { TEST_CERT, TEST_KEY } from '../support/tls.ts';
import { actionOf, attempt, context, failureOf, problems } from './kit.ts';

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A server that remembers what it got; `answer` replies, by default with 204. */
async function serve(
  answer: (response: ServerResponse) => void = (response) => void response.writeHead(204).end(),
) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ method: request.method, url: request.url, headers: request.headers, body });
    answer(response);
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  return { url, received };
}

async function open(config: object, changes: Partial<PartContext> = {}): Promise<Action> {
  const action = await actionOf(definition, config as Record<string, unknown>, context(changes));
  await action.open?.();
  closing.push(() => action.close());
  return action;
}

/** What the server gets when an event is sent with this config. */
async function sent(config: object, event = given): Promise<Received> {
  const { url, received } = await serve();
  const action = await open({ url: `${url}/hook`, ...config });
  await action.act?.(event, attempt());
  return received[0] as Received;
}

const given = eventOf({
  id: 'id-1',
  type: 'com.example.é',
  source: '/s',
  subject: 'a b',
  data: { urn: 'urn:li:tag:PII', n: 1 },
  extensions: { partitionkey: 'k%' },
});

test('by default an event is posted as structured CloudEvents JSON, with an Idempotency-Key', async () => {
  const { method, url, headers, body } = await sent({});
  expect([method, url]).toEqual(['POST', '/hook']);
  expect(headers['content-type']).toMatch(/^application\/cloudevents\+json/);
  expect(headers['idempotency-key']).toBe('key-of-id-1');
  expect(JSON.parse(body)).toEqual({
    specversion: '1.0',
    id: 'id-1',
    source: '/s',
    type: 'com.example.é',
    subject: 'a b',
    partitionkey: 'k%',
    data: { urn: 'urn:li:tag:PII', n: 1 },
  });
});

test('binary mode puts the attributes into headers, percent-encoded, and the data into the body', async () => {
  const { headers, body } = await sent({ mode: 'binary' });
  expect(headers).toMatchObject({
    'ce-specversion': '1.0',
    'ce-id': 'id-1',
    'ce-type': 'com.example.%C3%A9',
    'ce-subject': 'a%20b',
    'ce-partitionkey': 'k%25',
    'content-type': 'application/json',
  });
  expect(JSON.parse(body)).toEqual({ urn: 'urn:li:tag:PII', n: 1 });
  const bytes = await sent({ mode: 'binary' }, eventOf({ data: Buffer.from('raw') }));
  expect([bytes.headers['content-type'], bytes.body]).toEqual(['application/octet-stream', 'raw']);
  const nothing = await sent({ mode: 'binary' }, eventOf({}));
  expect([nothing.headers['content-type'], nothing.body]).toEqual([undefined, '']);
});

test('mode event sends the envelope, mode data the data alone', async () => {
  expect(JSON.parse((await sent({ mode: 'event' })).body)).toEqual({
    event_type: 'com.example.é',
    event: { urn: 'urn:li:tag:PII', n: 1 },
    meta: {},
  });
  expect((await sent({ mode: 'data' })).body).toBe('{"urn":"urn:li:tag:PII","n":1}');
});

test('templates fill URL, headers and body; values in the URL are percent-encoded', async () => {
  const { url, headers, body } = await sent({
    headers: { 'X-Urn': '${{ event.data.urn }}', 'Content-Type': 'application/x-own' },
    body: { text: 'tag ${{ event.data.urn }}', n: '${{ event.data.n }}', list: ['${{ event.type }}'] },
  });
  expect(url).toBe('/hook');
  expect(headers['x-urn']).toBe('urn:li:tag:PII');
  expect(headers['content-type']).toBe('application/x-own');
  expect(JSON.parse(body)).toEqual({ text: 'tag urn:li:tag:PII', n: 1, list: ['com.example.é'] });

  const server = await serve();
  const action = await open({
    url: `${server.url}/a b/\${{ event.subject }}?q=\${{ event.data.urn }}#gone`,
    method: 'PUT',
    body: 'plain ${{ event.id }}',
  });
  await action.act?.(given, attempt());
  expect(server.received[0]).toMatchObject({
    method: 'PUT',
    url: '/a%20b/a%20b?q=urn%3Ali%3Atag%3APII',
    body: 'plain id-1',
  });
});

// Guard: without encodedValue, `../admin?x=1` from an event reaches another path of the server.
test('no value of an event can leave its place in the URL', async () => {
  const target = parseUrl('http://host/a/${{ event.subject }}/z');
  if (typeof target === 'string') return expect.fail(target);
  for (const subject of ['.', '..'])
    expect(() => target.path(eventOf({ subject }))).toThrow(/cannot stand in a URL/);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (subject) => {
      let path: string;
      try {
        path = target.path(eventOf({ subject }));
      } catch (error) {
        expect(error).toBeInstanceOf(EvrunError);
        return;
      }
      const url = new URL(`http://host${path}`);
      expect(url.pathname.startsWith('/a/') && url.pathname.endsWith('/z')).toBe(true);
      expect(url.pathname.split('/')).toHaveLength(4);
      expect(decodeURIComponent(url.pathname.slice(3, -2))).toBe(subject);
      expect(url.search + url.hash).toBe('');
    }),
  );
});

// Guard: without headerValue's pattern the client still refuses it, but in words that name no header.
test('a value that a header cannot carry fails for good and sends nothing', async () => {
  const { url, received } = await serve();
  const action = await open({ url, headers: { 'x-a': '${{ event.subject }}' } });
  for (const subject of ['a\r\nx-b: 1', 'a\0', '€']) {
    const error = await failureOf(() => action.act?.(eventOf({ subject }), attempt()));
    expect(error).toMatchObject({ code: 'EVR_ACTION', retry: 'never' });
    expect(error.message).toMatch(/the header x-a holds a character that headers cannot carry/);
  }
  expect(received).toEqual([]);
});

test('auth is sent as bearer, as basic, and from the URL, and no output shows it', async () => {
  const basic = `Basic ${Buffer.from('me:s3cret-word').toString('base64')}`;
  const { url, received } = await serve();
  const configs = [
    { url, auth: { bearer: 't0ken-word' } },
    { url, auth: { basic: { username: 'me', password: 's3cret-word' } } },
    { url: url.replace('//', '//me:s3cret-word@') },
  ];
  for (const config of configs) {
    const action = await open(config);
    await action.act?.(given, attempt());
    const shown = action.preview?.(given) ?? '';
    expect(shown).toContain('authorization: ***');
    expect(shown).not.toMatch(/t0ken-word|s3cret-word/);
    expect(shown).not.toContain(basic.slice(6));
  }
  expect(received.map(({ headers }) => headers.authorization)).toEqual(['Bearer t0ken-word', basic, basic]);
});

test('2xx is done; 408, 425, 429 and 5xx may be tried again; everything else is for good', async () => {
  let status = 200;
  const { url } = await serve(
    (response) => void response.writeHead(status, { 'retry-after': '7' }).end('why'),
  );
  const action = await open({ url });
  for (status of [200, 201, 202, 204, 299]) await action.act?.(given, attempt());
  for (status of [408, 425, 429, 500, 503]) {
    const error = await failureOf(() => action.act?.(given, attempt()));
    expect(error).toMatchObject({ code: 'EVR_ACTION', retry: 'later', retryAfterMs: 7000 });
  }
  for (status of [304, 400, 401, 403, 404, 409, 422]) {
    expect(await failureOf(() => action.act?.(given, attempt()))).toMatchObject({ retry: 'never' });
  }
});

test('a redirect is not followed, and the error says where it points to', async () => {
  const { url, received } = await serve(
    (r) => void r.writeHead(301, { location: 'https://new.example/x' }).end(),
  );
  const action = await open({ url });
  const error = await failureOf(() => action.act?.(given, attempt()));
  expect(error.message).toContain('a redirect to https://new.example/x, which is not followed');
  expect(received).toHaveLength(1);
});

test('what the server said stands in the error: its beginning, on one line, without secrets', async () => {
  const { url } = await serve(
    (r) => void r.writeHead(400).end(`no\n\u001b[31m good: tok-en-1234 ${'x'.repeat(9000)}`),
  );
  const action = await open({ url, auth: { bearer: 'tok-en-1234' } });
  const { message } = await failureOf(() => action.act?.(given, attempt()));
  expect(message).toMatch(/was answered with 400\. It said: no \[31m good: \*\*\* x+…$/);
  expect(message.length).toBeLessThan(400);
});

test('an outage may be tried again and is reported, once over as well', async () => {
  const reports: string[] = [];
  const report = {
    unreachable: (what: string) => reports.push(what),
    reachable: () => reports.push('again'),
  };
  let reset = true;
  const server = createServer((request, response) => {
    if (reset) request.socket.resetAndDestroy();
    else response.end();
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const action = await open({ url }, { report });
  const error = await failureOf(() => action.act?.(given, attempt()));
  expect(error).toMatchObject({ code: 'EVR_UNREACHABLE', retry: 'later' });
  reset = false;
  await action.act?.(given, attempt());
  await action.act?.(given, attempt());
  expect(reports).toEqual([url, 'again']);
});

test('a server that never answers is given up when the attempt is, with its reason', async () => {
  let asked = () => {};
  const wasAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const { url } = await serve(() => asked());
  const action = await open({ url });
  const controller = new AbortController();
  const reason = new EvrunError('EVR_TIMEOUT', 'too slow', { retry: 'later' });
  const failure = failureOf(() => action.act?.(given, attempt(1, controller.signal)));
  await wasAsked;
  controller.abort(reason);
  expect(await failure).toBe(reason);
});

test('a huge answer, and one that never ends after 200, do no harm', async () => {
  const { url } = await serve((response) => {
    response.on('error', () => {});
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', more);
    more();
  });
  await (await open({ url })).act?.(given, attempt());
});

test('a server that speaks no HTTP is an outage', async () => {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('220 smtp.example ESMTP\r\n'));
  });
  const action = await open({ url: `http://127.0.0.1:${await listen(server)}` });
  expect(await failureOf(() => action.act?.(given, attempt()))).toMatchObject({ retry: 'later' });
});

test('a certificate that nobody vouches for stops the pipeline: dead letters would only hide it', async () => {
  const server = createTlsServer({ key: TEST_KEY, cert: TEST_CERT }, (_, response) => response.end());
  const url = `https://127.0.0.1:${await listen(server)}`;
  const refused = await open({ url });
  expect(await failureOf(() => refused.act?.(given, attempt()))).toMatchObject({
    code: 'EVR_REFUSED',
    fatal: true,
  });
  await (await open({ url, tls: { disable_ssl_verification: true } })).act?.(given, attempt());
});

test('the preview is a curl line that a shell would run', async () => {
  const action = await open({ url: 'http://host.example/x', mode: 'data', headers: { 'x-a': "it's" } });
  expect(action.preview?.(given)).toBe(
    "curl -X POST http://host.example/x -H 'user-agent: evrun' -H 'content-type: application/json' " +
      "-H 'x-a: it'\\''s' --data-raw '{\"urn\":\"urn:li:tag:PII\",\"n\":1}'",
  );
});

test('a token in the URL is shown nowhere: not in the preview, not in an error, not in part', async () => {
  const { url } = await serve(
    (r) => void r.writeHead(302, { location: `/${'x'.repeat(150)}?sig=${'y'.repeat(80)}` }).end(),
  );
  const action = await open({ url: `${url}/x?token=tk9&a=\${{ event.type }}` });
  expect(action.preview?.(given)).toContain("/x?token=***&a=com.example.%C3%A9' ");
  const redirect = await failureOf(() => action.act?.(given, attempt()));
  expect(redirect.message).toContain('?sig=***,');

  const secret = 'wh-0123456789';
  const refusing = await serve((r) => void r.writeHead(400).end(`${'x'.repeat(195)} ${secret}`));
  const refused = await open({ url: refusing.url, auth: { bearer: secret } });
  const { message } = await failureOf(() => refused.act?.(given, attempt()));
  expect(message).not.toContain('wh-0');
});

test('mistakes in the config are found before the start', () => {
  const url = 'https://host/x';
  const wrong: [object, RegExp][] = [
    [{ url: 'ftp://host' }, /http:\/\/ or https:\/\//],
    [{ url: 'https://${{ event.data.host }}/x' }, /only what follows the host/],
    [{ url: 'https://host${{ event.data.port }}/x' }, /only what follows the host/],
    [{ url, headers: { 'a b': 'x' } }, /cannot be a header name/],
    [{ url, headers: { 'Content-Length': '3' } }, /belongs to the connection/],
    [{ url, auth: {} }, /exactly one of/],
    [{ url: 'https://u:p@host', auth: { bearer: 'x' } }, /already holds/],
    [{ url, method: 'GET', body: 'x' }, /GET sends no body/],
    [{ url, tls: { client_key_path: 'k' } }, /need each other/],
  ];
  for (const [config, message] of wrong) expect(problems(definition, config as never)).toMatch(message);
  expect(problems(definition, { url: 'https://host/${{ event.id }}' })).toBe('');
});
