import { EvrunError } from '../../contract/errors.ts';
import type { HttpResponse } from '../http/http-client.ts';
import { retryOf } from '../http/http-retry.ts';

/** What was asked for, for the sentence that says why it was refused. */
export interface Asked {
  readonly host: string;
  /** `pull from projects/p/subscriptions/s`. */
  readonly doing: string;
  /** The permission that it takes: `pubsub.subscriptions.consume`. */
  readonly permission: string;
  /** It has worked in this process: what is missing now was deleted. */
  readonly workedBefore: boolean;
  /** `EVR_ACTION` where an event is at fault, `EVR_SOURCE` elsewhere. */
  readonly code: 'EVR_SOURCE' | 'EVR_ACTION';
}

/** Pub/Sub has something against what the request holds (400). It may be one of many ids or messages. */
export class InvalidRequest extends EvrunError {}

/** The account lacks a permission (403). */
export class Forbidden extends EvrunError {}

/** The error of an answer other than 2xx. `now`: milliseconds since 1970. */
export function pubsubError(response: HttpResponse, asked: Asked, now: number): EvrunError {
  const { status, headers } = response;
  const { host, doing, permission, workedBefore, code } = asked;
  const { message, reason } = saidIn(response);
  const told = `${host} would not ${doing}: status ${status}${message}`;
  if (status === 400) return new InvalidRequest(code, told);
  if (status === 401) {
    return new EvrunError(
      'EVR_REFUSED',
      `${told}. The credentials were refused, also after they were read again`,
    );
  }
  if (status === 403 && !/RESOURCE_EXHAUSTED|rateLimit|quota/i.test(reason)) {
    return new Forbidden('EVR_REFUSED', `${told}. The account needs the permission ${permission}`);
  }
  if (status === 404) {
    const why = workedBefore
      ? 'It worked before, so it was deleted'
      : 'Compare project and name; where they are right it must be created first';
    return new EvrunError('EVR_REFUSED', `${told}. ${why}`);
  }
  const advice = status === 403 ? ({ retry: 'later' } as const) : retryOf(status, headers, now);
  if (advice.retry === 'later' && status !== 501) return new EvrunError('EVR_UNREACHABLE', told, advice);
  return new EvrunError(code, told);
}

/** Google's own words, shortened, in front of which `: ` stands; and its status and reasons for machines. */
function saidIn({ body }: HttpResponse): { message: string; reason: string } {
  const text = body.subarray(0, 4000).toString().trim();
  const reason = (text.match(/"(?:status|reason)"\s*:\s*"[A-Za-z_]{1,60}"/g) ?? []).join(' ');
  if (text === '' || text.startsWith('<')) return { message: '', reason };
  const found =
    /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? (text.startsWith('{') ? reason : text);
  // A sentence of evrun's may follow.
  const message = found
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .slice(0, 200)
    .replace(/[. ]+$/, '');
  return { message: message === '' ? '' : `: ${message}`, reason };
}
