import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../contract/clock.ts';
import { EvrunError, messageOf } from '../contract/errors.ts';
import type { PipelineView } from '../contract/stats.ts';
import type { AdminAddress } from './address.ts';
import { readiness } from './readiness.ts';

/*
 * Health and metrics for those who watch evrun: `/healthz` (the process lives), `/readyz` (every pipeline does its
 * work), `/metrics` (Prometheus). Read-only. With a token everything but `/healthz` asks for it: a liveness probe
 * learns nothing else. Sizes, times and connections are bounded, so that nobody who reaches the port can hold up
 * the pipelines.
 */
export interface AdminSettings {
  readonly address: AdminAddress;
  /** Asked for as `Authorization: Bearer …`. */
  readonly token?: string | undefined;
  readonly version: string;
  readonly clock: Clock;
  readonly pipelines: readonly PipelineView[];
}

export interface AdminServer {
  /** `http://127.0.0.1:9100`, with the port that was really taken. */
  readonly url: string;
  /** Ends at once, open connections included. Idempotent. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};
const MAX_CONNECTIONS = 64;

/** Listens before it resolves. Throws EVR_USAGE where it cannot. */
export async function startAdmin(settings: AdminSettings): Promise<AdminServer> {
  const scrape = lazyMetrics(settings);
  const server = createServer(LIMITS, async (request, response) => {
    const answer = await answerTo(request, settings, scrape).catch(
      (error: unknown): Answer => ({ status: 500, body: json({ error: messageOf(error) }) }),
    );
    // A body is never read: what is left of it must not be taken for the next request.
    const hasBody =
      request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
    response.writeHead(answer.status, {
      'content-type': answer.type ?? 'application/json',
      'content-length': Buffer.byteLength(answer.body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(hasBody ? { connection: 'close' } : {}),
      ...answer.headers,
    });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, settings.address);
  return { url: urlOf(server), close: () => close(server) };
}

async function answerTo(
  request: IncomingMessage,
  settings: AdminSettings,
  scrape: () => Promise<{ text: string; contentType: string }>,
): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, body: json({ error: 'only GET and HEAD' }), headers: { allow: 'GET, HEAD' } };
  }
  const path = (request.url ?? '/').split('?', 1)[0];
  if (path === '/healthz') return { status: 200, body: json({ status: 'ok', version: settings.version }) };
  if (!allowed(request.headers.authorization, settings.token)) {
    return {
      status: 401,
      body: json({ error: 'expected the header Authorization: Bearer <the value of --admin-token>' }),
      headers: { 'www-authenticate': 'Bearer realm="evrun"' },
    };
  }
  if (path === '/readyz') {
    const state = readiness(settings.pipelines);
    return { status: state.ready ? 200 : 503, body: json(state) };
  }
  if (path === '/metrics') {
    const { text, contentType } = await scrape();
    return { status: 200, body: text, type: contentType };
  }
  return { status: 404, body: json({ error: 'not found; there are /healthz, /readyz and /metrics' }) };
}

/** Hashes make both sides equally long: `timingSafeEqual` needs that, and the token's length stays unknown. */
function allowed(header: string | undefined, token: string | undefined): boolean {
  if (token === undefined) return true;
  const given = /^Bearer +(.+)$/i.exec(header ?? '')?.[1] ?? '';
  return timingSafeEqual(sha256(given), sha256(token));
}

/** The metrics library is loaded by the first scrape; scrapes that overlap share one collection. */
function lazyMetrics(settings: AdminSettings): () => Promise<{ text: string; contentType: string }> {
  const loaded = once(async () => (await import('./metrics.ts')).createMetrics(settings));
  let running: Promise<{ text: string; contentType: string }> | undefined;
  return () => {
    running ??= loaded()
      .then((collect) => collect())
      .finally(() => {
        running = undefined;
      });
    return running;
  };
}

function listen(server: Server, address: AdminAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, address)));
    server.listen(address.port, address.host, resolve);
  });
}

function cannotListen(error: NodeJS.ErrnoException, { host, port }: AdminAddress): EvrunError {
  const why: Record<string, string> = {
    EADDRINUSE: 'another program listens there. Choose another port, or 0 for any free one',
    EACCES: 'this user may not listen there. Choose a port above 1023',
    EADDRNOTAVAIL: 'this machine has no such address. Listen on 127.0.0.1',
    ENOTFOUND: 'there is no host of that name. Listen on 127.0.0.1',
  };
  const reason = why[error.code ?? ''] ?? error.message;
  return new EvrunError('EVR_USAGE', `--admin: cannot listen on ${host}:${port}: ${reason}.`, {
    cause: error,
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const json = (value: unknown): string => JSON.stringify(value) + '\n';
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
