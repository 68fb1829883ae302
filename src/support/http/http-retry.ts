/** A server that asks for a longer pause is asked again after this: it must not be able to stop a lane for good. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

export interface RetryAdvice {
  readonly retry: 'later' | 'never';
  /** What `Retry-After` asked for, in milliseconds, at most an hour. */
  readonly retryAfterMs?: number;
}

/**
 * Whether a request that was answered with `status` may be tried again: 408, 425, 429 and 5xx may. `now` is milliseconds since 1970, for a `Retry-After` that is a date.
 */
export function retryOf(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  now: number,
): RetryAdvice {
  const later = status === 408 || status === 425 || status === 429 || status >= 500;
  if (!later) return { retry: 'never' };
  const retryAfterMs = retryAfter(headers['retry-after'], now);
  return retryAfterMs === undefined ? { retry: 'later' } : { retry: 'later', retryAfterMs };
}

/** RFC 9110 §10.2.3: seconds, or an HTTP date. Undefined where it is neither. */
function retryAfter(header: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (text === undefined || text === '') return undefined;
  const ms = /^\d+$/.test(text)
    ? Number(text) * 1000
    : /[a-z]/i.test(text)
      ? Date.parse(text) - now
      : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}
