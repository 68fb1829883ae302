import type { Action, Attempt, Result } from '../../contract/action.ts';
import type { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import { plainEvent } from '../events/plain.ts';
import type { UserCode } from './user-code.ts';
import { nameOf } from './user-event.ts';

/** Gives the module its own copy of each event. Returning false, or throwing, fails the attempt. */
export function guardAction(part: Action, code: UserCode): Action {
  const { act, actBatch, batch, open, preview, reopen, close } = part;
  const takesBatches = typeof actBatch === 'function' && batch !== undefined;
  if (typeof act !== 'function' && !takesBatches) {
    throw code.wrong(
      'EVR_RECIPE',
      `expected an \`act\` function (or \`batch\` and \`actBatch\`), got ${nameOf(act)}`,
    );
  }

  function checked(result: unknown): unknown {
    if (result === false) throw returnedFalse();
    return undefined;
  }

  function actOne(event: Event, attempt: Attempt): unknown {
    const result = code.run('EVR_ACTION', () =>
      act?.call(part, plainEvent(event), new CopyAttempt(attempt, () => event)),
    );
    return result instanceof Promise ? result.then(checked) : checked(result);
  }

  async function actMany(events: readonly Event[], attempt: Attempt): Promise<readonly Result[]> {
    const copies = events.map((event) => plainEvent(event));
    const originals = new Map<Event, Event>(copies.map((copy, i) => [copy, events[i] as Event]));
    const own = new CopyAttempt(attempt, (copy) => originals.get(copy) ?? copy);
    const results: unknown = await code.run('EVR_ACTION', async () => actBatch?.call(part, copies, own));
    if (Array.isArray(results) && results.length === events.length) return results.map(resultOf);
    const got = Array.isArray(results) ? `${results.length} results` : nameOf(results);
    throw code.wrong('EVR_ACTION', `\`actBatch\` was given ${events.length} events and returned ${got}`);
  }

  function resultOf(result: unknown): Result {
    if (result === false) return { failed: returnedFalse() };
    if (typeof result !== 'object' || result === null) return undefined;
    if ('notTried' in result) return { notTried: true };
    return 'failed' in result ? { failed: code.failed('EVR_ACTION', result.failed) } : undefined;
  }

  function returnedFalse(): EvrunError {
    return code.failed('EVR_ACTION', new Error('the action returned false'));
  }

  return {
    ...(takesBatches ? { batch, actBatch: actMany } : { act: actOne }),
    ...(open && { open: () => code.run('EVR_ACTION', async () => open.call(part)) }),
    ...(preview && {
      preview: (event: Event) => code.run('EVR_ACTION', () => preview.call(part, plainEvent(event))),
    }),
    ...(reopen && { reopen: () => code.run('EVR_ACTION', async () => reopen.call(part)) }),
    close: () => code.run('EVR_ACTION', async () => close?.call(part)),
  };
}

/**
 * The attempt, for somebody who only has a copy of the event. A class: V8 makes a shape of its own for each object
 * literal with a getter, which keeps the event alive until the garbage collector looks at the whole heap.
 */
class CopyAttempt implements Attempt {
  readonly number: number;
  private readonly attempt: Attempt;
  private readonly originalOf: (copy: Event) => Event;

  constructor(attempt: Attempt, originalOf: (copy: Event) => Event) {
    this.number = attempt.number;
    this.attempt = attempt;
    this.originalOf = originalOf;
  }

  get signal(): AbortSignal {
    return this.attempt.signal;
  }

  idempotencyKey(copy: Event): string {
    return this.attempt.idempotencyKey(this.originalOf(copy));
  }
}
