import type { Event } from '../../contract/event.ts';
import type { Passage, Transformed, Transformer } from '../../contract/transformer.ts';
import { plainEvent } from '../events/plain.ts';
import type { UserCode } from './user-code.ts';
import { changedEvent, eventProblem, nameOf } from './user-event.ts';

/** Gives the module its own copy of each event and checks what comes back. Never `pure`: who knows what it does. */
export function guardTransformer(part: Transformer, code: UserCode): Transformer {
  function checked(event: Event, result: unknown): Transformed {
    if (result === null) return null;
    if (Array.isArray(result)) return result.map((one: unknown) => checkedOne(event, one));
    if (result === undefined) {
      throw code.wrong(
        'EVR_TRANSFORM',
        'it returned nothing: return the event, a list of events, or null to drop it',
      );
    }
    return checkedOne(event, result);
  }

  function checkedOne(event: Event, result: unknown): Event {
    const problem = eventProblem(result, ['type']);
    if (problem === undefined) return changedEvent(event, result as Readonly<Record<string, unknown>>);
    throw code.wrong('EVR_TRANSFORM', `what it returned is no event: ${problem}`);
  }

  if (typeof part.transform !== 'function') {
    throw code.wrong('EVR_RECIPE', `expected a \`transform\` function, got ${nameOf(part.transform)}`);
  }
  const { flush, close } = part;
  return {
    transform(event: Event, passage: Passage | undefined) {
      const result: unknown = code.run('EVR_TRANSFORM', () => part.transform(plainEvent(event), passage));
      if (!(result instanceof Promise)) return checked(event, result);
      return result.then((made: unknown) => checked(event, made));
    },
    ...(flush && { flush: () => code.run('EVR_TRANSFORM', () => flush.call(part)) }),
    ...(close && { close: () => code.run('EVR_TRANSFORM', () => close.call(part)) }),
  };
}
