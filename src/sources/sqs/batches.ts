import { MOST_ENTRIES } from '../../support/aws/sqs-client.ts';
import type { HeldMessage } from './held.ts';

export interface Batched<T> {
  readonly held: HeldMessage;
  readonly entry: T;
}

/** Lists of at most ten. */
export function inTens<T>(all: readonly T[]): (readonly T[])[] {
  const tens: (readonly T[])[] = [];
  for (let i = 0; i < all.length; i += MOST_ENTRIES) tens.push(all.slice(i, i + MOST_ENTRIES));
  return tens;
}

/**
 * The same messages in rounds: no round holds two of one FIFO group, and each group's messages keep their order. A
 * round begins when the one before has succeeded, so no message of a group is deleted while an earlier one is not.
 */
export function inRounds(all: readonly HeldMessage[]): (readonly HeldMessage[])[] {
  const rounds: HeldMessage[][] = [];
  const seen = new Map<string, number>();
  for (const held of all) {
    const round = held.group === undefined ? 0 : (seen.get(held.group) ?? 0);
    if (held.group !== undefined) seen.set(held.group, round + 1);
    const list = rounds[round];
    if (list === undefined) rounds[round] = [held];
    else list.push(held);
  }
  return rounds;
}

/** Runs `work` for each of `items`, at most `limit` at a time; waits for all and returns what was thrown. */
export async function eachOf<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<unknown[]> {
  const errors: unknown[] = [];
  let next = 0;
  async function lane(): Promise<void> {
    for (let i = next++; i < items.length; i = next++) {
      await work(items[i] as T).catch((error: unknown) => errors.push(error));
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return errors;
}
