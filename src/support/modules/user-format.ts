import { DecodeError, messageOf } from '../../contract/errors.ts';
import type { DecodedEvent } from '../../contract/event.ts';
import type { Format, Ignored } from '../../contract/format.ts';
import { isUserObject, type UserCode } from './user-code.ts';
import { eventProblem, nameOf } from './user-event.ts';

/** A record that the module throws on, or makes no event of, is poison: a dead letter with its bytes. */
export function guardFormat(part: Format, code: UserCode): Format {
  if (typeof part.decode !== 'function') {
    throw code.wrong('EVR_RECIPE', `expected a \`decode\` function, got ${nameOf(part.decode)}`);
  }
  const { prepare, encode } = part;

  function decode(record: Parameters<Format['decode']>[0]): DecodedEvent | Ignored {
    let made: unknown;
    try {
      made = part.decode(record);
    } catch (error) {
      throw new DecodeError(messageOf(code.failed('EVR_DECODE', error)), error);
    }
    if (made instanceof Promise) {
      made.catch(() => {});
      throw new DecodeError(`${code.path}: a format must decode synchronously, it returned a Promise`);
    }
    if (isUserObject(made) && typeof made['ignored'] === 'string') return { ignored: made['ignored'] };
    const problem = eventProblem(made, ['type']);
    if (problem === undefined) return made as DecodedEvent;
    throw new DecodeError(`${code.path}: what it returned is no event: ${problem}`);
  }

  return {
    decode,
    ...(prepare && {
      prepare: (records, signal) => code.run('EVR_SOURCE', async () => prepare.call(part, records, signal)),
    }),
    ...(encode && { encode: (event) => code.run('EVR_ACTION', () => encode.call(part, event)) }),
  };
}
