import { isAscii } from 'node:buffer';
import type { DatahubConnection } from '../../contract/context.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { HttpResponse } from '../../support/http/http-client.ts';
import { retryOf } from '../../support/http/http-retry.ts';

const PRIVILEGES: Readonly<Record<string, string>> = { PlatformEvent_v1: 'Get Platform Events' };

/** The privilege that a token needs to read a topic. */
export function privilegeFor(topic: string): string {
  return PRIVILEGES[topic] ?? 'Get Metadata Change Log Events';
}

export function textOf(body: Buffer): string {
  return body.toString(isAscii(body) ? 'latin1' : 'utf8');
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
