import type { PartContext } from '../../contract/context.ts';
import type { ConfigProblem } from '../../contract/define.ts';
import { EvrunError } from '../../contract/errors.ts';
import { parseDuration } from '../duration.ts';
import { DoneKeys } from './done-keys.ts';

/** Options of every transformer that drops repeats: for how long and how many it remembers. */
export const REMEMBERED = {
  window: {
    type: 'string',
    default: '24h',
    description: 'For how long a key is remembered after its event was done, e.g. `10m`, `24h` or `7d`.',
  },
  max_keys: {
    type: 'integer',
    minimum: 1,
    default: 100_000,
    description: 'How many keys are remembered at most; beyond it the oldest are forgotten, with a warning.',
  },
} as const;

interface Remembered {
  readonly window: string;
  readonly max_keys: number;
}

/** A `check` for the definition of a transformer with these options. */
export function windowProblems({ window }: Remembered): readonly ConfigProblem[] {
  return parseDuration(window) ? [] : [wrongTime(window)];
}

/** The keys that transformer `name` has done, read from its store. Throws EVR_RECIPE for a window that is none. */
export function doneKeysFor(name: string, config: Remembered, { store, clock, log }: PartContext): DoneKeys {
  const windowMs = parseDuration(config.window) ?? 0;
  if (windowMs <= 0) throw new EvrunError('EVR_RECIPE', `${name}: ${wrongTime(config.window).message}`);
  return new DoneKeys({ name, windowMs, maxKeys: config.max_keys, store, clock, log });
}

function wrongTime(window: string): ConfigProblem {
  return {
    path: ['window'],
    message: `expected a time longer than 0 such as 10m, 24h or 7d, got "${window}"`,
  };
}
