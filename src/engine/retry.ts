import { EvrunError } from '../contract/errors.ts';

export interface RetryPolicy {
  /** Attempts after the first. */
  readonly count: number;
  /** The first wait's upper bound; it doubles with every attempt. */
  readonly backoffMs: number;
}

const CAP_MS = 60_000;

/**
 * Milliseconds to wait after failed attempt `n` (1-based); undefined = give up. Full jitter over
 * `min(backoff * 2^(n-1), 60 s)`: many keys that failed together must not come back together. A server's
 * `Retry-After` (RFC 9110 §10.2.3) is a lower bound, honoured beyond the cap.
 */
export function delayAfter(
  n: number,
  error: unknown,
  policy: RetryPolicy,
  random: () => number = Math.random,
): number | undefined {
  if (n > policy.count || isPermanent(error)) return undefined;
  const jittered = random() * Math.min(policy.backoffMs * 2 ** (n - 1), CAP_MS);
  const asked = error instanceof EvrunError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(jittered, asked);
}

/** Errors of evrun say so themselves; any other error (a user's module) may pass with time. */
export function isPermanent(error: unknown): boolean {
  return error instanceof EvrunError && error.retry === 'never';
}
