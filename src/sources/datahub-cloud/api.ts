import { readFile } from 'node:fs/promises';
import type { Clock } from '../../contract/clock.ts';
import type { DatahubConnection } from '../../contract/context.ts';
import { EvrunError, messageOf } from '../../contract/errors.ts';
import {
  type HttpClient,
  type HttpResponse,
  openHttpClient,
  type TlsOptions,
} from '../../support/http/http-client.ts';
import { privilegeFor, reasonIn, refusal, textOf } from './answers.ts';

/** How long the server may wait for events before it answers a poll. */
const POLL_SECONDS = 2;
const TIMEOUT_SECONDS = 32;
const MOST_BYTES = 64 * 1024 * 1024;
const ASPECT = 'platformResourceInfo';

export interface Poll {
  readonly topic: string;
  readonly limit: number;
  /** Undefined: from the end of the topic, or `lookbackDays` before it. */
  readonly offsetId: string | undefined;
  readonly lookbackDays: number | undefined;
  /** How long the server may wait for events. Default 2. */
  readonly seconds?: number;
}

/** The server did not accept the offset id of a poll. */
export class OffsetRefused extends EvrunError {}
/** The page was larger than can be taken. */
export class PageTooLarge extends EvrunError {}

/** DataHub's HTTP interface, as far as reading events and keeping a position needs it. */
export class EventsApi {
  readonly host: string;
  private readonly connection: DatahubConnection;
  private readonly clock: Clock;
  private readonly client: HttpClient;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly pollPath: string;
  private readonly aspectsPath: string;
  /** A poll has been answered with a page. */
  private workedBefore = false;

  private constructor(connection: DatahubConnection, url: URL, client: HttpClient, clock: Clock) {
    this.connection = connection;
    this.clock = clock;
    this.client = client;
    this.host = url.host;
    const base = url.pathname.replace(/\/+/g, '/').replace(/\/$/, '');
    this.pollPath = `${base}/openapi/v1/events/poll`;
    const behindGms = url.hostname.endsWith('.acryl.io') && !base.endsWith('/gms');
    this.aspectsPath = `${base}${behindGms ? '/gms' : ''}/aspects`;
    this.headers = {
      'X-RestLi-Protocol-Version': '2.0.0',
      'Content-Type': 'application/json',
      'User-Agent': 'evrun',
      ...(connection.token === undefined ? {} : { Authorization: `Bearer ${connection.token}` }),
      ...connection.extra_headers,
    };
  }

  /** Throws EvrunError for an address that is none and for certificates that cannot be read. */
  static async open(connection: DatahubConnection, topics: number, clock: Clock): Promise<EventsApi> {
    const url = serverUrl(connection.server);
    const timeoutSeconds = Math.max(connection.timeout_sec ?? TIMEOUT_SECONDS, POLL_SECONDS + 3);
    const client = await openHttpClient({
      origin: url.origin,
      connections: topics + 2,
      timeoutMs: timeoutSeconds * 1000,
      tls: await tlsOf(connection),
    });
    return new EventsApi(connection, url, client, clock);
  }

  /** The bytes of a page, in `memory` where they fit. Throws EvrunError, OffsetRefused, PageTooLarge. */
  async poll(poll: Poll, signal: AbortSignal, memory?: Buffer): Promise<Buffer> {
    const query = new URLSearchParams({ topic: poll.topic, limit: String(poll.limit) });
    query.set('pollTimeoutSeconds', String(poll.seconds ?? POLL_SECONDS));
    if (poll.offsetId !== undefined) query.set('offsetId', poll.offsetId);
    else if (poll.lookbackDays !== undefined) query.set('lookbackWindowDays', String(poll.lookbackDays));
    const response = await this.page(`${this.pollPath}?${query}`, signal, memory);
    if (response.status !== 200) throw this.pollRefusal(response, poll);
    this.workedBefore = true;
    return response.body;
  }

  private async page(path: string, signal: AbortSignal, memory?: Buffer): Promise<HttpResponse> {
    try {
      return await this.client.request({
        method: 'GET',
        path,
        headers: this.headers,
        signal,
        maxBytes: MOST_BYTES,
        memory,
      });
    } catch (error) {
      if (!(error instanceof EvrunError) || error.code !== 'EVR_SOURCE') throw error;
      throw new PageTooLarge('EVR_SOURCE', error.message, { cause: error });
    }
  }

  private pollRefusal(response: HttpResponse, { topic, offsetId }: Poll): EvrunError {
    const reason = reasonIn(response);
    const offsetAtFault = response.status === 400 || /parse offsetId|offset ?out ?of ?range/i.test(reason);
    if (offsetId !== undefined && offsetAtFault) {
      return new OffsetRefused(
        'EVR_SOURCE',
        `${this.host} refused the position in ${topic}: status ${response.status}${reason}`,
      );
    }
    const needs =
      `the privilege "${privilegeFor(topic)}" (and the topic must be one that DataHub hands out: ` +
      'PlatformEvent_v1, MetadataChangeLog_Versioned_v1 or MetadataChangeLog_Timeseries_v1)';
    const asked = {
      host: this.host,
      doing: `give events of ${topic}`,
      needs,
      workedBefore: this.workedBefore,
    };
    return refusal(response, asked, this.connection, this.clock.now());
  }

  /** The `platformResourceInfo` aspect of an entity; undefined where there is none. */
  async loadState(urn: string, signal: AbortSignal): Promise<unknown> {
    const path = `${this.aspectsPath}/${encodeURIComponent(urn)}?aspect=${ASPECT}&version=0`;
    const response = await this.client.request({ method: 'GET', path, headers: this.headers, signal });
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw this.stateRefusal(response, 'give the stored position');
    try {
      const { aspect } = JSON.parse(textOf(response.body)) as { aspect?: Record<string, unknown> };
      return Object.values(aspect ?? {})[0];
    } catch (error) {
      const message = `${this.host} answered with a stored position that is not JSON`;
      throw new EvrunError('EVR_UNREACHABLE', message, { retry: 'later', cause: error });
    }
  }

  async saveState(urn: string, aspect: object, signal: AbortSignal): Promise<void> {
    const runId = 'no-run-id-provided';
    const properties = { clientId: 'evrun', clientVersion: '1' };
    const proposal = {
      entityType: 'platformResource',
      entityUrn: urn,
      changeType: 'UPSERT',
      aspectName: ASPECT,
      aspect: { contentType: 'application/json', value: JSON.stringify(aspect) },
      systemMetadata: { lastObserved: this.clock.now(), runId, lastRunId: runId, properties },
    };
    const path = `${this.aspectsPath}?action=ingestProposal`;
    const body = JSON.stringify({ proposal, async: 'false' });
    const response = await this.client.request({ method: 'POST', path, headers: this.headers, body, signal });
    if (response.status !== 200) throw this.stateRefusal(response, 'store the position');
  }

  private stateRefusal(response: HttpResponse, doing: string): EvrunError {
    const needs = 'the right to read and to edit platform resources, which is where DataHub keeps positions';
    const asked = { host: this.host, doing, needs, workedBefore: this.workedBefore };
    return refusal(response, asked, this.connection, this.clock.now());
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

function serverUrl(server: string): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new EvrunError(
    'EVR_RECIPE',
    '`datahub.server` is not an address: expected https://host or http://host:port',
  );
}

async function tlsOf(connection: DatahubConnection): Promise<TlsOptions | undefined> {
  const { ca_certificate_path, client_certificate_path, client_key_path, disable_ssl_verification } =
    connection;
  const [ca, cert, key] = await Promise.all([
    pem(ca_certificate_path, 'ca_certificate_path'),
    pem(client_certificate_path, 'client_certificate_path'),
    pem(client_key_path, 'client_key_path'),
  ]);
  if (ca === undefined && cert === undefined && key === undefined && disable_ssl_verification !== true) {
    return undefined;
  }
  return { ca, cert, key, rejectUnauthorized: disable_ssl_verification === true ? false : undefined };
}

async function pem(path: string | undefined, key: string): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const message = `cannot read \`datahub.${key}\`: ${messageOf(error)}`;
    throw new EvrunError('EVR_RECIPE', message, { cause: error });
  }
}
