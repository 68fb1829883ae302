import type { Placed } from '../../contract/bag.ts';
import { EvrunError } from '../../contract/errors.ts';
import { KeptBody } from './http-body.ts';
import { httpError } from './http-errors.ts';

export interface HttpRequest {
  readonly method: string;
  /** Path and query, beginning with `/`, already percent-encoded. */
  readonly path: string;
  /** By name, or as name, value, name, value, … which is the faster of the two. */
  readonly headers?: Readonly<Record<string, string>> | readonly string[] | undefined;
  readonly body?: string | Uint8Array | undefined;
  /** A function is asked only once the answer is not there within moments: an event's signal costs more to make
   *  and to listen to than a fast request takes. */
  readonly signal?: AbortSignal | (() => AbortSignal) | undefined;
  /** In place of the client's: how long the server may be silent, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** The most bytes of the answer's body to keep; default 64 MiB. */
  readonly maxBytes?: number;
  /** Where the answer's body is put if it comes in several pieces and fits; nobody else may use it meanwhile. */
  readonly memory?: Buffer | undefined;
  /** A longer answer: `error` (default) fails the request, `cut` returns its beginning. */
  readonly overflow?: 'error' | 'cut';
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Names and values in turn, as they came. */
export type RawHeaders = readonly Buffer[];

/** What the exchanges of one client have in common. */
export interface ExchangeHost {
  /** For errors. */
  readonly origin: string;
  readonly parseHeaders: (raw: RawHeaders) => HttpResponse['headers'];
  /** Called once for each exchange. */
  readonly ended: (exchange: Exchange) => void;
}

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
/** A cut answer is read to its end up to here, which keeps the connection; beyond, the connection is closed. */
const WORTH_DRAINING_BYTES = 256 * 1024;
const NOTHING = Buffer.alloc(0);
const NO_HEADERS: RawHeaders = [];

/** Most answers are only asked for their status: their headers are not read. */
class Answer implements HttpResponse {
  readonly status: number;
  readonly body: Buffer;
  private readonly raw: RawHeaders;
  private readonly host: ExchangeHost;

  constructor(status: number, body: Buffer, raw: RawHeaders, host: ExchangeHost) {
    this.status = status;
    this.body = body;
    this.raw = raw;
    this.host = host;
  }

  get headers(): HttpResponse['headers'] {
    return this.host.parseHeaders(this.raw);
  }
}

/**
 * One request and its answer, as the dispatcher tells of it. Settles exactly once. Its `on…` methods are those of
 * undici's handlers that get headers as they came: the others get them parsed, which costs as much as sending.
 */
export class Exchange implements Placed {
  private readonly request: HttpRequest;
  private readonly host: ExchangeHost;
  private readonly resolve: (response: HttpResponse) => void;
  private readonly reject: (error: unknown) => void;
  private signal: AbortSignal | undefined = undefined;
  /** Ends the request that is on its way. */
  private stop: ((reason?: Error) => void) | undefined = undefined;
  private status = 0;
  private headers = NO_HEADERS;
  private body: KeptBody | undefined = undefined;
  private bytes = 0;
  settled = false;
  place = -1;

  constructor(
    request: HttpRequest,
    host: ExchangeHost,
    resolve: (response: HttpResponse) => void,
    reject: (error: unknown) => void,
  ) {
    this.request = request;
    this.host = host;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** From here on an abort of the request's signal ends it. */
  listen(): void {
    const { signal } = this.request;
    if (signal === undefined || this.signal !== undefined || this.settled) return;
    this.signal = typeof signal === 'function' ? signal() : signal;
    if (this.signal.aborted) this.handleEvent();
    else this.signal.addEventListener('abort', this, { once: true });
  }

  onConnect(stop: (reason?: Error) => void): void {
    this.stop = stop;
    // Aborted while it waited for a connection.
    if (this.settled) stop(new Error('aborted'));
  }

  onHeaders(status: number, headers: RawHeaders): boolean {
    this.status = status;
    this.headers = headers;
    return true;
  }

  onData(chunk: Buffer): boolean {
    // What it wrote to may be somebody else's by now.
    if (this.settled) return true;
    const maxBytes = this.request.maxBytes ?? DEFAULT_MAX_BYTES;
    const room = maxBytes - this.bytes;
    this.bytes += chunk.length;
    if (room > 0) {
      this.body ??= new KeptBody(this.announced(), maxBytes, this.request.memory);
      this.body.add(chunk.length > room ? chunk.subarray(0, room) : chunk);
    }
    if (this.bytes <= maxBytes) return true;
    if (this.request.overflow !== 'cut') {
      this.fail(tooLarge(this.host.origin, maxBytes));
      this.stop?.(new Error('too large'));
    } else if (this.bytes - maxBytes > WORTH_DRAINING_BYTES) {
      this.succeed();
      this.stop?.(new Error('cut'));
    }
    return true;
  }

  onComplete(): void {
    this.succeed();
  }

  onError(error: Error): void {
    if (!this.settled) this.fail(httpError(error, this.host.origin));
  }

  /** The body's length as the server says it, 0 where it does not. */
  private announced(): number {
    const length = Number(this.host.parseHeaders(this.headers)['content-length']);
    return length > 0 ? length : 0;
  }

  fail(error: unknown): void {
    if (this.end()) this.reject(error);
  }

  private succeed(): void {
    if (!this.end()) return;
    this.resolve(new Answer(this.status, this.body?.whole ?? NOTHING, this.headers, this.host));
  }

  /** Its signal aborted. A method and not a function of its own: most requests end before anybody listens. */
  handleEvent(): void {
    const reason: unknown = this.signal?.reason;
    this.fail(reason instanceof EvrunError ? reason : gaveUp(this.host.origin));
    this.stop?.(new Error('aborted'));
  }

  /** False when it had ended before. */
  private end(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.signal?.removeEventListener('abort', this);
    this.host.ended(this);
    return true;
  }
}

function tooLarge(origin: string, maxBytes: number): EvrunError {
  const { host } = new URL(origin);
  return new EvrunError(
    'EVR_SOURCE',
    `${host} answered with more than ${maxBytes} bytes, which is the limit`,
  );
}

function gaveUp(origin: string): EvrunError {
  const { host } = new URL(origin);
  return new EvrunError('EVR_TIMEOUT', `gave up waiting for an answer from ${host}`, { retry: 'later' });
}
