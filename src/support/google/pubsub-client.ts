import type { Clock } from '../../contract/clock.ts';
import { type HttpClient, type HttpResponse, openHttpClient } from '../http/http-client.ts';
import { type Credentials, googleCredentials } from './credentials.ts';
import { type Endpoint, pubsubEndpoint } from './endpoint.ts';
import { type Asked, pubsubError } from './pubsub-errors.ts';

/*
 * Pub/Sub's REST API: one call for each method, JSON in and out. It retries nothing but a refused token, once, with
 * fresh credentials: whoever calls knows what a repeat would mean.
 */

export interface PubSubOptions {
  readonly endpoint?: string | undefined;
  readonly credentialsFile?: string | undefined;
  readonly connections: number;
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  readonly code: Asked['code'];
  /** For tests. */
  readonly credentials?: Credentials | undefined;
}

export interface Call {
  readonly method: 'GET' | 'POST';
  /** Behind `/v1/`, not yet percent-encoded: `projects/p/subscriptions/s:pull`. */
  readonly path: string;
  /** JSON text. */
  readonly body?: string;
  readonly doing: string;
  readonly permission: string;
  readonly signal?: AbortSignal | (() => AbortSignal) | undefined;
  /** How long the server may be silent, in milliseconds; default 120,000. */
  readonly timeoutMs?: number;
}

/** A pull may wait this long for a message: the emulator does so up to 89 s. Much may be published over a slow line. */
const LONGEST_ANSWER_MS = 120_000;

export class PubSubClient {
  readonly host: string;
  private readonly http: HttpClient;
  private readonly credentials: Credentials | undefined;
  private readonly options: PubSubOptions;
  private workedBefore = false;

  private constructor(options: PubSubOptions, endpoint: Endpoint, http: HttpClient) {
    this.options = options;
    this.http = http;
    this.host = new URL(endpoint.origin).host;
    this.credentials =
      options.credentials ??
      (endpoint.emulator
        ? undefined
        : googleCredentials({ file: options.credentialsFile, clock: options.clock }));
  }

  /** Connects to nothing yet. Throws EVR_RECIPE for an endpoint that is none. */
  static async open(options: PubSubOptions): Promise<PubSubClient> {
    const endpoint = pubsubEndpoint(options.endpoint, options.env);
    const { connections } = options;
    const http = await openHttpClient({ origin: endpoint.origin, connections, timeoutMs: LONGEST_ANSWER_MS });
    return new PubSubClient(options, endpoint, http);
  }

  /** The project of the credentials, where they say. */
  async project(): Promise<string | undefined> {
    return this.credentials?.project();
  }

  /** The answer's body. Throws EvrunError: EVR_UNREACHABLE (may pass), EVR_REFUSED (for good), InvalidRequest (400). */
  async call(call: Call): Promise<Buffer> {
    let response = await this.send(call);
    if (response.status === 401 && this.credentials !== undefined) {
      this.credentials.forget();
      response = await this.send(call);
    }
    const { status, body } = response;
    if (status >= 200 && status <= 299) {
      this.workedBefore = true;
      return body;
    }
    const { code, clock } = this.options;
    const { doing, permission } = call;
    const asked = { host: this.host, doing, permission, workedBefore: this.workedBefore, code };
    throw pubsubError(response, asked, clock.now());
  }

  private async send({ method, path, body, signal, timeoutMs }: Call): Promise<HttpResponse> {
    const headers = ['content-type', 'application/json', 'user-agent', 'evrun'];
    if (this.credentials !== undefined)
      headers.push('authorization', `Bearer ${await this.credentials.token()}`);
    return this.http.request({ method, path: `/v1/${encodeURI(path)}`, headers, body, signal, timeoutMs });
  }

  /** Idempotent. Ends open requests. */
  async close(): Promise<void> {
    await this.http.close();
  }
}
