import { EvrunError } from '../../contract/errors.ts';
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
  /** The most bytes of the answer's body to keep; default 64 MiB. */
  readonly maxBytes?: number;
  /** A longer answer: `error` (default) fails the request, `cut` returns its beginning. */
  readonly overflow?: 'error' | 'cut';
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What the dispatcher lets us do to a request that is on its way. */
interface Controller {
  abort(reason: Error): void;
}

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
/** A cut answer is read to its end up to here, which keeps the connection; beyond, the connection is closed. */
const WORTH_DRAINING_BYTES = 256 * 1024;
const NOTHING = Buffer.alloc(0);

/** One request and its answer, as the dispatcher tells of it. Settles exactly once. */
export class Exchange {
  private readonly request: HttpRequest;
  private readonly origin: string;
  private readonly resolve: (response: HttpResponse) => void;
  private readonly reject: (error: unknown) => void;
  private readonly ended: (exchange: Exchange) => void;
  private signal: AbortSignal | undefined = undefined;
  private controller: Controller | undefined = undefined;
  private status = 0;
  private headers: HttpResponse['headers'] = {};
  /** The body so far is `kept[0…keptBytes]`. */
  private kept: Buffer = NOTHING;
  private keptBytes = 0;
  private bytes = 0;
  settled = false;
  /** Its place in the client's list of those that do not listen yet; -1 = in none. */
  place = -1;

  constructor(
    request: HttpRequest,
    origin: string,
    resolve: (response: HttpResponse) => void,
    reject: (error: unknown) => void,
    ended: (exchange: Exchange) => void,
  ) {
    this.request = request;
    this.origin = origin;
    this.resolve = resolve;
    this.reject = reject;
    this.ended = ended;
  }

  /** From here on an abort of the request's signal ends it. */
  listen(): void {
    const { signal } = this.request;
    if (signal === undefined || this.signal !== undefined || this.settled) return;
    this.signal = typeof signal === 'function' ? signal() : signal;
    if (this.signal.aborted) this.abort();
    else this.signal.addEventListener('abort', this.abort, { once: true });
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller;
    // Aborted while it waited for a connection.
    if (this.settled) controller.abort(new Error('aborted'));
  }

  onResponseStart(_: Controller, status: number, headers: HttpResponse['headers']): void {
    this.status = status;
    this.headers = headers;
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    const maxBytes = this.request.maxBytes ?? DEFAULT_MAX_BYTES;
    const room = maxBytes - this.bytes;
    this.bytes += chunk.length;
    if (room > 0) this.keep(chunk.length > room ? chunk.subarray(0, room) : chunk, maxBytes);
    if (this.bytes <= maxBytes) return;
    if (this.request.overflow !== 'cut') {
      this.fail(tooLarge(this.origin, maxBytes));
      controller.abort(new Error('too large'));
    } else if (this.bytes - maxBytes > WORTH_DRAINING_BYTES) {
      this.succeed();
      controller.abort(new Error('cut'));
    }
  }

  onResponseEnd(): void {
    this.succeed();
  }

  onResponseError(_: Controller, error: Error): void {
    if (!this.settled) this.fail(httpError(error, this.origin));
  }

  /** Chunks are copied as they come, while they are in the processor's cache: gathered first, a page of megabytes
   *  is copied from cold memory. Most answers are one chunk, which is kept as it is. */
  private keep(chunk: Buffer, maxBytes: number): void {
    const needed = this.keptBytes + chunk.length;
    if (this.keptBytes === 0 && needed >= this.announced()) {
      this.kept = chunk;
    } else {
      if (this.kept.length < needed || this.keptBytes === 0) {
        const size = Math.min(Math.max(this.announced(), needed * 2), maxBytes);
        const larger = Buffer.allocUnsafe(Math.max(size, needed));
        this.kept.copy(larger, 0, 0, this.keptBytes);
        this.kept = larger;
      }
      chunk.copy(this.kept, this.keptBytes);
    }
    this.keptBytes = needed;
  }

  /** The body's length as the server says it, 0 where it does not. */
  private announced(): number {
    const length = Number(this.headers['content-length']);
    return length > 0 ? length : 0;
  }

  fail(error: unknown): void {
    if (this.end()) this.reject(error);
  }

  private succeed(): void {
    if (!this.end()) return;
    const { status, headers, kept, keptBytes } = this;
    this.resolve({ status, headers, body: kept.subarray(0, keptBytes) });
  }

  private readonly abort = (): void => {
    const reason: unknown = this.signal?.reason;
    this.fail(reason instanceof EvrunError ? reason : gaveUp(this.origin));
    this.controller?.abort(new Error('aborted'));
  };

  /** False when it had ended before. */
  private end(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.signal?.removeEventListener('abort', this.abort);
    this.ended(this);
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
