import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { EvrunError } from '../../src/contract/errors.ts';
import { type HttpClient, openHttpClient } from '../../src/support/http/http-client.ts';
import { TEST_CERT, TEST_KEY } from './tls.ts';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  return (server.address() as AddressInfo).port;
}

async function serve(listener: RequestListener): Promise<{ origin: string; client: HttpClient }> {
  const origin = `http://127.0.0.1:${await listen(createServer(listener))}`;
  return { origin, client: await clientOf(origin) };
}

/** A server that does what `onSocket` says once the first bytes have come. */
async function tcp(onSocket: (socket: Socket) => void): Promise<HttpClient> {
  const port = await listen(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => onSocket(socket));
    }),
  );
  return clientOf(`http://127.0.0.1:${port}`);
}

async function clientOf(origin: string, more: object = {}): Promise<HttpClient> {
  const client = await openHttpClient({ origin, ...more });
  open.push(client);
  return client;
}

async function failure(promise: Promise<unknown>): Promise<EvrunError> {
  const error = await promise.then(
    () => expect.fail('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EvrunError);
  return error as EvrunError;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

test('a request arrives with its method, path, headers and body, and its answer comes back', async () => {
  const { client } = await serve(async (request, response) => {
    response.writeHead(201, { 'X-Reply': 'yes' });
    response.end(`${request.method} ${request.url} ${request.headers['x-id']} ${await bodyOf(request)}`);
  });
  const answer = await client.request({ method: 'PUT', path: '/a?b=1', headers: { 'X-Id': '7' }, body: 'é' });
  expect(answer.status).toBe(201);
  expect(answer.headers['x-reply']).toBe('yes');
  expect(answer.body.toString()).toBe('PUT /a?b=1 7 é');
});

test('any status is an answer, redirects included', async () => {
  const { client } = await serve((_, response) => response.writeHead(302, { location: '/else' }).end());
  expect((await client.request({ method: 'GET', path: '/' })).status).toBe(302);
});

test('a port where nothing listens is an outage that names host and port', async () => {
  const server = createTcpServer();
  const port = await listen(server);
  await open.pop()?.close();
  const error = await failure(
    (await clientOf(`http://127.0.0.1:${port}`)).request({ method: 'GET', path: '/' }),
  );
  expect(error).toMatchObject({ code: 'EVR_UNREACHABLE', retry: 'later' });
  expect(error.message).toBe(`nothing listens at 127.0.0.1:${port} (connection refused)`);
});

test('a host that DNS does not know is an outage', async () => {
  const error = await failure(
    (await clientOf('http://no-such-host.invalid')).request({ method: 'GET', path: '/' }),
  );
  expect(error).toMatchObject({ code: 'EVR_UNREACHABLE', retry: 'later' });
  expect(error.message).toMatch(/no-such-host\.invalid:80/);
});

test('credentials in the origin reach no message', async () => {
  const client = await clientOf('http://user:hunter2@127.0.0.1:1');
  expect((await failure(client.request({ method: 'GET', path: '/' }))).message).not.toMatch(/hunter2|user/);
});

test('a 100 Continue that nobody asked for is told as such', async () => {
  const client = await tcp((socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'));
  const error = await failure(client.request({ method: 'GET', path: '/' }));
  expect(error).toMatchObject({ code: 'EVR_UNREACHABLE', retry: 'later' });
  expect(error.message).toMatch(/answered with 100 Continue, which nobody asked for$/);
});

test('a connection that is reset or closed half way is an outage', async () => {
  for (const act of [
    (socket: Socket) => socket.resetAndDestroy(),
    (socket: Socket) => socket.end(),
    (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'),
  ]) {
    const error = await failure((await tcp(act)).request({ method: 'GET', path: '/' }));
    expect(error).toMatchObject({ code: 'EVR_UNREACHABLE', retry: 'later' });
    expect(error.message).toMatch(/closed the connection before its answer was complete/);
  }
});

test('an answer that is not HTTP is said to be none', async () => {
  const client = await tcp((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
  expect((await failure(client.request({ method: 'GET', path: '/' }))).message).toMatch(/not HTTP/);
});

test('a server that never answers is left when the signal aborts, with the reason of the signal', async () => {
  let asked = () => {};
  const wasAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const { client } = await serve(() => asked());
  const reason = new EvrunError('EVR_TIMEOUT', 'too slow', { retry: 'later' });
  for (const lazy of [false, true]) {
    const controller = new AbortController();
    const signal = lazy ? () => controller.signal : controller.signal;
    const promise = failure(client.request({ method: 'GET', path: '/', signal }));
    await wasAsked;
    controller.abort(reason);
    expect(await promise).toBe(reason);
  }
});

test('a request that waits for a connection can be aborted, and one whose signal aborted before is not sent', async () => {
  let asked = 0;
  const { origin } = await serve(() => {
    asked += 1;
  });
  const first = await clientOf(origin, { connections: 1 });
  const hanging = failure(first.request({ method: 'GET', path: '/' }));
  const controller = new AbortController();
  const waiting = failure(first.request({ method: 'GET', path: '/', signal: controller.signal }));
  controller.abort();
  expect(await waiting).toMatchObject({ code: 'EVR_TIMEOUT', retry: 'later' });
  await failure(first.request({ method: 'GET', path: '/', signal: AbortSignal.abort() }));
  await first.close();
  await hanging;
  expect(asked).toBeLessThanOrEqual(1);
});

test.each([
  ['the client', { timeoutMs: 300 }, {}],
  ['the request', {}, { timeoutMs: 300 }],
])('silence of the server ends after timeoutMs of %s', async (_, ofClient, ofRequest) => {
  const { origin } = await serve(() => {});
  const client = await clientOf(origin, ofClient);
  const error = await failure(client.request({ method: 'GET', path: '/', ...ofRequest }));
  expect(error.message).toMatch(/did not answer in time/);
});

// Guard: without the byte count in onResponseData this test collects the whole stream and never ends.
test('an endless answer takes no more memory than maxBytes: an error, or cut', async () => {
  const { client } = await serve((_, response) => {
    response.on('error', () => {});
    const chunk = Buffer.alloc(65_536, 'x');
    const more = () => {
      while (response.write(chunk) && !response.destroyed);
    };
    response.on('drain', more);
    more();
  });
  const error = await failure(client.request({ method: 'GET', path: '/', maxBytes: 1000 }));
  expect(error.message).toMatch(/more than 1000 bytes/);
  const cut = await client.request({ method: 'GET', path: '/', maxBytes: 1000, overflow: 'cut' });
  expect(cut.body.length).toBe(1000);
});

test('a header with a line break is refused before anything is sent', async () => {
  let asked = 0;
  const { client } = await serve((_, response) => {
    asked += 1;
    response.end();
  });
  const request = { method: 'GET', path: '/', headers: { 'x-a': 'a\r\nx-b: b' } };
  expect(await failure(client.request(request))).toMatchObject({ retry: 'never' });
  expect(asked).toBe(0);
});

test('a certificate that nobody vouches for is refused, unless its CA is given or checking is off', async () => {
  const port = await listen(createTlsServer({ key: TEST_KEY, cert: TEST_CERT }, (_, r) => r.end('ok')));
  const ask = async (tls?: object) =>
    (await clientOf(`https://127.0.0.1:${port}`, { tls })).request({ method: 'GET', path: '/' });
  const error = await failure(ask());
  expect(error).toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
  expect(error.message).toMatch(/not signed by an authority that is trusted here/);
  expect((await ask({ ca: TEST_CERT })).body.toString()).toBe('ok');
  expect((await ask({ rejectUnauthorized: false })).body.toString()).toBe('ok');
});

test('TLS spoken to a plain server says so', async () => {
  const { origin } = await serve((_, response) => response.end());
  const client = await clientOf(origin.replace('http:', 'https:'));
  const error = await failure(client.request({ method: 'GET', path: '/' }));
  expect(error.code).toBe('EVR_REFUSED');
  expect(error.message).toMatch(/write http:\/\//);
});

test('HTTP_PROXY is asked, and NO_PROXY excepts from it', async () => {
  const asked: (string | undefined)[] = [];
  const proxy = await listen(
    createServer((request, response) => {
      asked.push(request.url);
      response.end('from the proxy');
    }),
  );
  const port = await listen(createServer((_, response) => response.end('direct')));
  const env = { HTTP_PROXY: `http://127.0.0.1:${proxy}` };
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    const through = await clientOf('http://example.invalid');
    expect((await through.request({ method: 'GET', path: '/x' })).body.toString()).toBe('from the proxy');
    process.env.NO_PROXY = '127.0.0.1';
    const direct = await clientOf(`http://127.0.0.1:${port}`);
    expect((await direct.request({ method: 'GET', path: '/x' })).body.toString()).toBe('direct');
  } finally {
    for (const name of ['HTTP_PROXY', 'NO_PROXY'])
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
  }
  expect(asked).toEqual(['http://example.invalid/x']);
});

test('an answer of several pieces is put into the memory that was lent, if it fits', async () => {
  for (const announced of [true, false]) {
    const whole = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
    const { client } = await serve((_, response) => {
      if (announced) response.setHeader('content-length', whole.length);
      for (let at = 0; at < whole.length; at += 50_000) response.write(whole.subarray(at, at + 50_000));
      response.end();
    });
    const memory = Buffer.alloc(400_000);
    const { body } = await client.request({ method: 'GET', path: '/', memory });
    expect(body.equals(whole)).toBe(true);
    expect(body.buffer).toBe(memory.buffer);
    const small = Buffer.alloc(100_000);
    const other = await client.request({ method: 'GET', path: '/', memory: small });
    expect(other.body.equals(whole)).toBe(true);
    expect(other.body.buffer).not.toBe(small.buffer);
  }
});

test('what comes after a request was given up is not written into memory that was lent to it', async () => {
  const chunk = Buffer.alloc(70_000, 1);
  let more: () => void = () => {};
  const { client } = await serve((_, response) => {
    response.setHeader('content-length', 10 * chunk.length);
    response.write(chunk);
    response.write(chunk);
    more = () => response.end(Buffer.concat(Array.from({ length: 8 }, () => chunk)));
  });
  const memory = Buffer.alloc(10 * chunk.length);
  const controller = new AbortController();
  const asked = failure(client.request({ method: 'GET', path: '/', memory, signal: controller.signal }));
  await expect.poll(() => memory.includes(1)).toBe(true);
  controller.abort();
  await asked;
  memory.fill(0);
  more();
  // Another answer is over: what was on its way has come, if anything can.
  const { client: another } = await serve((_, response) => response.end('over'));
  await another.request({ method: 'GET', path: '/' });
  expect(memory.includes(1)).toBe(false);
});

test('headers are read when they are asked for, and again', async () => {
  const { client } = await serve((_, response) => {
    response.setHeader('X-Two', ['a', 'b']);
    response.setHeader('Retry-After', '7');
    response.end();
  });
  const answer = await client.request({ method: 'GET', path: '/' });
  expect(answer.headers['retry-after']).toBe('7');
  expect(answer.headers['x-two']).toEqual(['a', 'b']);
});
