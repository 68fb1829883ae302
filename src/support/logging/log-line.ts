import { styleText } from 'node:util';
import type { LogFields, LogLevel } from '../../contract/log.ts';

/**
 * How a log line reads. Text from outside (an event's key, a server's answer) may stand in it, so that control
 * characters are spelled out and nothing can pose as a line of its own or paint the terminal.
 */

export interface Line {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly level: LogLevel;
  readonly sentence: string;
  readonly fields: LogFields;
}

/** `2026-08-01T12:00:00.123Z WARN  sentence pipeline=x attempt=2`. Further lines of a sentence are indented. */
export function textLine(line: Line, color: boolean): string {
  const level = line.level.toUpperCase().padEnd(5);
  const shown = color ? styleText(COLORS[line.level], level, { validateStream: false }) : level;
  let text = `${new Date(line.time).toISOString()} ${shown} ${visible(line.sentence)}`;
  for (const [name, value] of Object.entries(line.fields)) {
    if (value !== undefined) text += ` ${visible(name)}=${fieldText(value)}`;
  }
  return `${text}\n`;
}

/** `{"time":"2026-08-01T12:00:00.123Z","level":"warn","message":"sentence","pipeline":"x"}` */
export function jsonLine(line: Line): string {
  const out: Record<string, unknown> = {
    time: new Date(line.time).toISOString(),
    level: line.level,
    message: line.sentence,
  };
  for (const [name, value] of Object.entries(line.fields)) out[name in out ? `_${name}` : name] = value;
  return `${JSON.stringify(out)}\n`;
}

const COLORS = { error: 'red', warn: 'yellow', info: 'green', debug: 'gray' } as const;

// Control characters, line separators, and marks that turn the direction of what follows.
const HIDDEN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
const PLAIN_VALUE = /^[^\s"=\\\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+$/u;

function visible(text: string): string {
  return text.replace(HIDDEN, (char) => (char === '\n' ? '\n    ' : escaped(char)));
}

function fieldText(value: string | number | boolean): string {
  if (typeof value !== 'string' || PLAIN_VALUE.test(value)) return String(value);
  return JSON.stringify(value).replace(HIDDEN, escaped);
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
