import { isAscii } from 'node:buffer';
import type { DatahubConnection } from '../../contract/context.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { HttpResponse } from '../../support/http-client.ts';
import { retryOf } from '../../support/http-retry.ts';

/** What one poll answered. */
export interface Reply {
  /** Where the next poll goes on. */
  readonly offsetId: string;
  /** Each event as the poll API encodes it. */
  readonly values: readonly string[];
}

const PRIVILEGES: Readonly<Record<string, string>> = { PlatformEvent_v1: 'Get Platform Events' };

/** The privilege that a token needs to read a topic. */
export function privilegeFor(topic: string): string {
  return PRIVILEGES[topic] ?? 'Get Metadata Change Log Events';
}

export function textOf(body: Buffer): string {
  return body.toString(isAscii(body) ? 'latin1' : 'utf8');
}

/** Reads the answer to a poll. An answer that is none may be a proxy's: it is an outage, and nothing is skipped. */
export function replyOf(body: Buffer, host: string): Reply {
  let reply: { offsetId?: unknown; events?: unknown } | null;
  try {
    reply = JSON.parse(textOf(body));
  } catch (error) {
    throw malformed(host, 'it is not JSON', error);
  }
  const offsetId = reply?.offsetId;
  const events = reply?.events;
  if (typeof offsetId !== 'string' || offsetId === '') throw malformed(host, 'it has no "offsetId"');
  if (!Array.isArray(events)) throw malformed(host, 'it has no list of "events"');
  return { offsetId, values: events.map(valueOfEvent) };
}

/** The values in an answer that has been read before. */
export function valuesOf(body: Buffer): readonly string[] {
  return (JSON.parse(textOf(body)) as { events: unknown[] }).events.map(valueOfEvent);
}

/** An event without a value is handed on as it came: the format says what is wrong with it. */
function valueOfEvent(event: unknown): string {
  const value = (event as { value?: unknown } | null)?.value;
  return typeof value === 'string' ? value : JSON.stringify(event);
}

function malformed(host: string, why: string, cause?: unknown): EvrunError {
  return new EvrunError(
    'EVR_UNREACHABLE',
    `${host} answered a poll with something that is not a page of events: ${why}. Nothing was skipped`,
    { retry: 'later', cause },
  );
}

/** The error of an answer whose status is not 200. `doing`: `read the topic PlatformEvent_v1`. */
export function refusal(
  response: HttpResponse,
  asked: {
    readonly host: string;
    readonly doing: string;
    readonly needs: string;
    readonly workedBefore: boolean;
  },
  connection: DatahubConnection,
  now: number,
): EvrunError {
  const { status, headers } = response;
  const { host, doing, needs, workedBefore } = asked;
  const told = `${host} would not ${doing}: status ${status}${reasonIn(response)}`;
  if (status === 401) {
    return new EvrunError(
      'EVR_REFUSED',
      `${told}. The credentials were refused: see that \`datahub.token\` is set, of this server, and not expired`,
    );
  }
  if (status === 403) return new EvrunError('EVR_REFUSED', `${told}. The token needs ${needs}`);
  const advice = retryOf(status, headers, now);
  // What has worked and works no longer is being repaired; what never worked is a wrong address.
  if (advice.retry === 'later' || workedBefore || connection.retry_status_codes?.includes(status) === true) {
    return new EvrunError('EVR_UNREACHABLE', told, { retry: 'later', retryAfterMs: advice.retryAfterMs });
  }
  const hint =
    "Is `datahub.server` the address of DataHub's metadata service (for DataHub Cloud: https://<name>.acryl.io/gms)?";
  return new EvrunError('EVR_REFUSED', `${told}. ${hint}`);
}

/** The server's own words, shortened, in front of which `: ` stands; empty where it has none. */
export function reasonIn({ body }: HttpResponse): string {
  const text = textOf(body.subarray(0, 2000)).trim();
  if (text === '' || text.startsWith('<')) return '';
  const message = /"(?:errorMessage|message)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text;
  return `: ${message.replace(/\s+/g, ' ').slice(0, 200)}`;
}
