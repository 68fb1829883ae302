import { type Clock, systemClock } from '../../contract/clock.ts';
import type { LogFields, Logger, LogLevel } from '../../contract/log.ts';
import { jsonLine, type Line, textLine } from './log-line.ts';
import { repeatFilter } from './log-repeats.ts';
import { stderrOutput, type TextOutput } from './log-stderr.ts';
import { redact } from './redact.ts';

/**
 * The log: sentences with fields, as text or JSON lines, to stderr. Every line is redacted. Warnings and errors
 * that repeat are counted instead of repeated. What is below the level costs one comparison.
 */

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: 'text' | 'json';
  /** Where lines go, each with its newline; default: stderr. */
  readonly write?: (text: string) => void;
  /** Colors the level; default: where stderr is a terminal and NO_COLOR is not set. */
  readonly color?: boolean;
  readonly clock?: Clock;
}

export interface FlushingLogger extends Logger {
  /** Writes what is waiting, counts of repetitions included. Call it before the process ends. */
  flush(): void;
}

export function createLogger(options: LogOptions): FlushingLogger {
  const clock = options.clock ?? systemClock;
  const output = options.write === undefined ? processStderr() : unbuffered(options.write);
  const color =
    options.color ?? (options.write === undefined && process.stderr.isTTY && !process.env.NO_COLOR);
  const spell = options.format === 'json' ? jsonLine : (line: Line) => textLine(line, color === true);

  const show = (line: Line) => output.write(redact(spell(line)));
  const repeats = repeatFilter(clock, show);
  const rank = RANKS[options.level];

  const make = (base: LogFields): FlushingLogger => {
    const say = (level: LogLevel, sentence: string, fields: LogFields | undefined) => {
      if (RANKS[level] > rank) return;
      const line = { time: clock.now(), level, sentence, fields: fields ? { ...base, ...fields } : base };
      if (RANKS[level] > RANKS.warn || !repeats.repeated(line)) show(line);
    };
    return {
      enabled: (level) => RANKS[level] <= rank,
      error: (sentence, fields) => say('error', sentence, fields),
      warn: (sentence, fields) => say('warn', sentence, fields),
      info: (sentence, fields) => say('info', sentence, fields),
      debug: (sentence, fields) => say('debug', sentence, fields),
      with: (fields) => make({ ...base, ...fields }),
      flush: () => {
        repeats.flush();
        output.flush();
      },
    };
  };
  return make({});
}

const RANKS = { error: 0, warn: 1, info: 2, debug: 3 } as const;

function unbuffered(write: (text: string) => void): TextOutput {
  return { write, flush: () => {} };
}

let shared: TextOutput | undefined;

/** One for the process, so that the lines of several loggers keep their order. */
function processStderr(): TextOutput {
  if (shared === undefined) {
    const output = stderrOutput();
    process.once('exit', () => output.flush());
    shared = output;
  }
  return shared;
}
