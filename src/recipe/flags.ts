import type { SourceDefinition } from '../contract/define.ts';
import { parseDuration } from '../support/duration.ts';
import { type Problem, problemOf } from './problem.ts';
import { parseStart, parseTime, START_FORMS } from './source-keys.ts';

/** The command line's start and end, which win over the recipe's keys. */
export interface RunFlags {
  /** Like the key `start`, but also where a position is stored. */
  readonly since?: string;
  /** A time, or an age like `1h`. */
  readonly until?: string;
  readonly resetOffsets?: boolean;
  /** `30s`, or a number of seconds. */
  readonly idleTimeout?: string;
  readonly maxEvents?: number;
  readonly untilCaughtUp?: boolean;
  readonly dryRun?: boolean;
}

/** The file of a problem with a flag. */
const COMMAND_LINE = 'command line';

/** Values that no recipe makes right. */
export function checkFlagValues(flags: RunFlags): Problem[] {
  const problems: Problem[] = [];
  const wrong = (flag: string, expected: string, found: string) => {
    problems.push(
      problemOf(COMMAND_LINE, `${flag}: expected ${expected}, got ${JSON.stringify(found)}`, flag),
    );
  };
  const { since, until, idleTimeout, maxEvents } = flags;
  if (since !== undefined && parseStart(since, 0) === undefined) wrong('--since', START_FORMS, since);
  if (until !== undefined && parseUntil(until, 0) === undefined) {
    wrong('--until', 'a time (2026-08-01T00:00:00Z) or an age (1h, 7d)', until);
  }
  if (idleTimeout !== undefined && parseIdle(idleTimeout) === undefined) {
    wrong('--idle-timeout', 'seconds or a duration (30s, 5m)', idleTimeout);
  }
  if (maxEvents !== undefined && !(Number.isSafeInteger(maxEvents) && maxEvents > 0)) {
    wrong('--max-events', 'a number of events, 1 or more', String(maxEvents));
  }
  return problems;
}

/** What the flags ask of this source that it cannot do, each with the source's own reason. */
export function checkFlags(definition: SourceDefinition, recipe: string, flags: RunFlags): Problem[] {
  const problems: Problem[] = [];
  const { refuses, confirms } = definition;
  // What a person may agree to is asked by whoever runs the recipe (see `confirms`).
  const reset = confirms?.reset === undefined ? refuses?.reset : undefined;
  const refuse = (flag: string, reason: string | undefined) => {
    if (reason === undefined) return;
    problems.push(problemOf(COMMAND_LINE, `${flag} is not possible for ${recipe}: ${reason}`, flag));
  };
  if (flags.resetOffsets) refuse('--reset-offsets', reset);
  if (flags.until !== undefined && parseUntil(flags.until, 0) !== undefined) {
    refuse('--until', refuses?.until);
  }
  const point = flags.since === undefined ? undefined : parseStart(flags.since, 0);
  if (point !== undefined && confirms?.reset === undefined) {
    refuse('--since', reset ?? refuses?.[point.at]);
  }
  return problems;
}

export function parseUntil(text: string, now: number): number | undefined {
  const age = parseDuration(text);
  return age === undefined ? parseTime(text) : now - age;
}

/** Milliseconds. */
export function parseIdle(text: string): number | undefined {
  return parseDuration(/^\d{1,9}(?:\.\d+)?$/.test(text) ? `${Math.round(Number(text) * 1000)}ms` : text);
}
