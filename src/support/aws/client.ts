import type { Clock } from '../../contract/clock.ts';
import { EvrunError } from '../../contract/errors.ts';
import { type HttpClient, type HttpRequest, type HttpResponse, openHttpClient } from '../http/http-client.ts';
import { type ConnectionConfig, type Environment, placeOf } from './connection.ts';
import { CredentialSource } from './credentials.ts';
import { type AwsError, awsError, isExpired, isSkewed, refusalIn } from './errors.ts';
import { type HashedBody, hashed, Signer } from './sigv4.ts';

/*
 * Signed requests to one service of AWS in one region. Clocks that differ are allowed for: the answer's date says by
 * how much. Keys that expired are looked up again, once per request. Nothing else is tried again here.
 */

/** Clocks may differ by five minutes before AWS refuses; less than this is not worth correcting. */
const SKEW_MS = 30_000;
const MOST_BYTES = 64 * 1024 * 1024;

export interface AwsOptions {
  readonly service: 'sqs' | 'sns';
  readonly config: ConnectionConfig;
  /** The queue's URL or the topic's region, as far as the recipe says them. */
  readonly address: { readonly url?: string | undefined; readonly region?: string | undefined };
  readonly connections: number;
  /** How long a server may be silent, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Default: the process's. */
  readonly env?: Environment;
}

export interface OperationOptions {
  /** Without `host`, date and signature; lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly permission: string;
  readonly about: string;
}

/** One operation of the service, as `AwsClient.operation` made it. */
export interface Operation extends OperationOptions {
  readonly signer: Signer;
}

export class AwsClient {
  readonly region: string;
  readonly host: string;
  private readonly service: string;
  private readonly path: string;
  private readonly client: HttpClient;
  private readonly credentials: CredentialSource;
  private readonly clock: Clock;
  /** How far AWS's clock is ahead of ours. */
  private skewMs = 0;

  private constructor(
    options: AwsOptions,
    region: string,
    url: URL,
    client: HttpClient,
    credentials: CredentialSource,
  ) {
    this.service = options.service;
    this.clock = options.clock;
    this.region = region;
    this.host = url.host;
    this.path = url.pathname;
    this.client = client;
    this.credentials = credentials;
  }

  /** Throws EVR_RECIPE where region or endpoint are missing or wrong. Keys are looked up with the first call. */
  static async open(options: AwsOptions): Promise<AwsClient> {
    const { service, config, address, clock, env = process.env } = options;
    const { region, endpoint } = await placeOf(service, config, address, env);
    const url = new URL(endpoint);
    const { connections, timeoutMs } = options;
    const client = await openHttpClient({ origin: url.origin, connections, timeoutMs });
    const credentials = new CredentialSource({ config, region, env, now: () => clock.now() });
    return new AwsClient(options, region, url, client, credentials);
  }

  operation(options: OperationOptions): Operation {
    const { path, host, region, service } = this;
    return { ...options, signer: new Signer({ path, host, headers: options.headers }, { region, service }) };
  }

  /** The answer, if it is 2xx. Throws AwsError, and what prevents an answer as EVR_UNREACHABLE. */
  async call(
    operation: Operation,
    content: string | HashedBody,
    signal?: HttpRequest['signal'],
  ): Promise<HttpResponse> {
    const body = typeof content === 'string' ? hashed(content) : content;
    let corrected = false;
    let renewed = false;
    for (;;) {
      const found = this.credentials.get();
      const credentials = found instanceof Promise ? await found : found;
      const response = await this.client.request({
        method: 'POST',
        path: this.path,
        headers: operation.signer.headers(body, credentials, this.clock.now() + this.skewMs),
        body: body.text,
        maxBytes: MOST_BYTES,
        signal,
      });
      if (response.status >= 200 && response.status < 300) return response;
      if (!corrected && this.correctClock(response)) {
        corrected = true;
        continue;
      }
      const error = this.errorOf(response, operation);
      if (!isExpired(error)) throw error;
      if (!renewed && (await this.credentials.renew(credentials))) {
        renewed = true;
        continue;
      }
      throw this.credentials.renewable ? waitForNewKeys(error) : error;
    }
  }

  /** True: the clock was at fault and the request may be tried again. */
  private correctClock(response: HttpResponse): boolean {
    if (response.status >= 500 || !isSkewed(refusalIn(response))) return false;
    const date = Date.parse(String(response.headers['date']));
    if (Number.isNaN(date)) return false;
    const skewMs = date - this.clock.now();
    if (Math.abs(skewMs - this.skewMs) < SKEW_MS) return false;
    this.skewMs = skewMs;
    return true;
  }

  private errorOf(response: HttpResponse, { permission, about }: Operation): AwsError {
    const { region, host, credentials, clock } = this;
    return awsError(response, {
      permission,
      about,
      region,
      host,
      keysOf: credentials.origin,
      now: clock.now(),
    });
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

/** A file or a service gives the keys: somebody who logs in again mends it while we wait. */
function waitForNewKeys(error: AwsError): EvrunError {
  return new EvrunError('EVR_REFUSED', error.message, { retry: 'later', cause: error });
}
