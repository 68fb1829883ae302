import type { Dispatcher } from 'undici';
import { Bag } from '../../contract/bag.ts';
import { httpError } from './http-errors.ts';
import { Exchange, type ExchangeHost, type HttpRequest, type HttpResponse } from './http-exchange.ts';

export type { HttpRequest, HttpResponse } from './http-exchange.ts';

/*
 * The one door to undici: requests to one origin over kept-alive connections. It speaks to undici's dispatcher
 * directly, because a body that nobody reads needs no stream: that is where `request()` spends its time.
 *
 * Guarantees: an answer's body never takes more than `maxBytes` of memory; an aborted request settles at once;
 * every failure is an EvrunError that names the host and never the credentials of a URL. It deliberately does
 * not retry and does not follow redirects: whoever asks knows what that would mean.
 */

export interface HttpClientOptions {
  /** `https://host[:port]`; a path, query or credentials in it are ignored. */
  readonly origin: string;
  /** Connections at once; default 16. */
  readonly connections?: number;
  /** PEM texts, not paths. */
  readonly tls?: TlsOptions | undefined;
  /** How long the server may be silent before and within its answer, in milliseconds; default 30,000; 0 = no limit. */
  readonly timeoutMs?: number;
  /** Default 10,000. */
  readonly connectTimeoutMs?: number;
}

export interface TlsOptions {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}

export interface HttpClient {
  /** Any status is an answer; only what prevents an answer throws: EVR_UNREACHABLE (may be tried again),
   *  EVR_REFUSED (TLS, for good), EVR_TIMEOUT (aborted by `signal`; an EvrunError as its reason is thrown as is),
   *  EVR_SOURCE (longer than `maxBytes`). */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Idempotent. Ends open requests. */
  close(): Promise<void>;
}

/** After this long without an answer a request's signal, given as a function, is asked for and listened to. */
const PATIENCE_MS = 50;

/** Loads undici on first use: a recipe that is only checked does without. Throws for an `origin` that is no URL. */
export async function openHttpClient(options: HttpClientOptions): Promise<HttpClient> {
  const { origin } = new URL(options.origin);
  const { util } = await import('undici');
  const dispatcher = await dispatcherFor(origin, options);
  const unheard = new Bag<Exchange>();
  let timer: NodeJS.Timeout | undefined;

  function listenToAll(): void {
    const all = [...unheard];
    for (const exchange of all) {
      unheard.remove(exchange);
      exchange.listen();
    }
    timer = undefined;
  }

  function watch(exchange: Exchange, signal: HttpRequest['signal']): void {
    if (typeof signal !== 'function') {
      exchange.listen();
      return;
    }
    unheard.add(exchange);
    timer ??= setTimeout(listenToAll, PATIENCE_MS);
  }

  const host: ExchangeHost = {
    origin,
    ended: (exchange) => unheard.remove(exchange),
    parseHeaders: (raw) => util.parseHeaders(raw as Parameters<typeof util.parseHeaders>[0]),
  };
  return {
    request: (request) =>
      new Promise((resolve, reject) => {
        const exchange = new Exchange(request, host, resolve, reject);
        if (request.signal !== undefined) watch(exchange, request.signal);
        if (exchange.settled) return;
        const { path, body, timeoutMs } = request;
        const limits = timeoutMs === undefined ? {} : { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
        const method = request.method as Dispatcher.HttpMethod;
        const headers = request.headers as Dispatcher.DispatchOptions['headers'];
        try {
          dispatcher.dispatch({ origin, method, path, headers, body, ...limits }, exchange);
        } catch (error) {
          exchange.fail(httpError(error, origin));
        }
      }),
    async close() {
      clearTimeout(timer);
      await dispatcher.destroy();
    },
  };
}

/** A plain pool, or one that asks HTTP_PROXY, HTTPS_PROXY and NO_PROXY (either case) where a proxy is set. */
async function dispatcherFor(origin: string, options: HttpClientOptions): Promise<Dispatcher> {
  const { EnvHttpProxyAgent, Pool } = await import('undici');
  const { timeoutMs = 30_000, connectTimeoutMs = 10_000, connections = 16, tls } = options;
  const connect = { ...definedOnly(tls), timeout: connectTimeoutMs };
  const limits = { connections, connect, headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
  const { http_proxy, HTTP_PROXY, https_proxy, HTTPS_PROXY } = process.env;
  if (!(http_proxy || HTTP_PROXY || https_proxy || HTTPS_PROXY)) return new Pool(origin, limits);
  const requestTls = tls === undefined ? {} : { requestTls: connect };
  return new EnvHttpProxyAgent({ ...limits, proxyTunnel: false, ...requestTls });
}

function definedOnly(tls: TlsOptions | undefined): Record<string, string | boolean> {
  return Object.fromEntries(Object.entries(tls ?? {}).filter(([, value]) => value !== undefined));
}
