import { EvrunError } from '../../contract/errors.ts';
import { redact } from '../../support/logging/redact.ts';

/** What a worker said about one event. */
export interface Answer {
  /** The event's id, where the worker names it; else the answer is for the oldest event without one. */
  readonly id?: string;
  /** Undefined = done. */
  readonly error?: string;
  readonly retry: boolean;
}

const LONGEST_ERROR = 2_000;
const DONE: Answer = { retry: true };

/**
 * One line of a worker: `ok`, or a JSON object `{"id"?, "ok": true}` or `{"id"?, "error": "…", "retry"?: false}`.
 * Undefined for anything else: a stray line must never count as an acknowledgement.
 */
export function parseAnswer(line: string): Answer | undefined {
  if (line === 'ok') return DONE;
  if (!line.startsWith('{')) return undefined;
  let said: unknown;
  try {
    said = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { id, ok, error, retry = true } = said as Readonly<Record<string, unknown>>;
  if (typeof retry !== 'boolean' || (id !== undefined && typeof id !== 'string')) return undefined;
  const which = id === undefined ? {} : { id };
  if (typeof error === 'string' && (ok === undefined || ok === false)) return { ...which, error, retry };
  if (ok === false && error === undefined) return { ...which, error: 'ok: false', retry };
  return ok === true && error === undefined ? { ...which, retry } : undefined;
}

/** The error for a worker's `error`. */
export function refused(error: string, retry: boolean): EvrunError {
  const text = `the worker refused it: ${error.slice(0, LONGEST_ERROR)}`;
  return new EvrunError('EVR_ACTION', redact(text), { retry: retry ? 'later' : 'never' });
}

/** Why a line ends the worker. */
export function stray(line: string, isAnswer: boolean): string {
  const shown = JSON.stringify(line.slice(0, 200));
  if (isAnswer) return `answered ${shown}, which fits no event that waits for an answer`;
  return `printed ${shown}, which is no answer: only lines like "ok" may stand on its standard output, messages belong on standard error`;
}
