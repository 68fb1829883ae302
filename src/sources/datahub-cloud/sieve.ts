import type { Prefilter } from '../../contract/prefilter.ts';
import type { Reply } from './reply.ts';

/** Tells which events of an answer are not worth a delivery. Asked with growing indexes. */
export interface Sieve {
  /** The event cannot pass the filter, nor is it one that must be looked at for another reason. */
  certainlyDropped(index: number): boolean;
  /** Whether an event that was looked at may pass. */
  mayMatch(index: number, value: string): boolean;
}

const LETS_ALL_PASS: Sieve = { certainlyDropped: () => false, mayMatch: () => true };

/**
 * In an answer that was not parsed, literals are searched where the values stand: JSON in JSON spells them the same
 * way, and only what may match is taken out. `own` finds events that must be looked at in any case.
 */
export function sieveOf(reply: Reply, prefilter: Prefilter | undefined, own: Prefilter | undefined): Sieve {
  if (prefilter === undefined) return LETS_ALL_PASS;
  const { raw } = reply;
  if (raw === undefined) {
    return { certainlyDropped: () => false, mayMatch: (_, value) => prefilter.mayMatch(value) };
  }
  const { text, starts, ends } = raw;
  const wanted = prefilter.over(text);
  const ours = own?.over(text);
  let matched = false;
  return {
    certainlyDropped(index) {
      const start = starts[index] as number;
      const end = ends[index] as number;
      matched = wanted.mayMatch(start, end);
      return !matched && ours?.mayMatch(start, end) !== true;
    },
    mayMatch: () => matched,
  };
}
