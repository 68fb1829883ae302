import type { Source } from '../../contract/source.ts';
import type { UserCode } from './user-code.ts';
import { nameOf } from './user-event.ts';

/** Every method of the module's source, with its mistakes named by file and line. */
export function guardSource(part: Source, code: UserCode): Source {
  for (const name of ['open', 'read', 'close'] as const) {
    if (typeof part[name] !== 'function') {
      throw code.wrong('EVR_RECIPE', `expected a source with \`${name}\`, got ${nameOf(part[name])}`);
    }
  }
  const { commit, settle, extend, extendEveryMs, lag, partitions, stalled, reopen } = part;
  const run = <T>(work: () => Promise<T>): Promise<T> => code.run('EVR_SOURCE', async () => work());

  async function* read(signal: AbortSignal) {
    try {
      yield* part.read(signal);
    } catch (error) {
      throw code.failed('EVR_SOURCE', error);
    }
  }

  return {
    open: () => run(() => part.open()),
    read,
    ...(commit && { commit: (progress) => run(() => commit.call(part, progress)) }),
    ...(settle && { settle: (done) => run(() => settle.call(part, done)) }),
    ...(extend && { extend: (open) => run(() => extend.call(part, open)) }),
    ...(extendEveryMs !== undefined && { extendEveryMs }),
    ...(lag && { lag: () => run(() => lag.call(part)) }),
    ...(partitions && { partitions: () => partitions.call(part) }),
    ...(stalled && { stalled: () => stalled.call(part) }),
    ...(reopen && { reopen: () => run(() => reopen.call(part)) }),
    close: () => run(() => part.close()),
  };
}
