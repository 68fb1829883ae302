/**
 * Every error that a user can meet has one of these codes. The number is the exit code that it leads to
 * when it ends a pipeline.
 */
export const ERROR_CODES = {
  EVR_INTERNAL: 1,
  EVR_STATE: 1,
  EVR_DEAD_LETTERS: 1,
  EVR_OUTPUT: 1,
  EVR_USAGE: 2,
  EVR_THROW: 3,
  EVR_RECIPE: 4,
  EVR_UNREACHABLE: 5,
  EVR_REFUSED: 5,
  EVR_LOCKED: 6,
  EVR_OUTPUT_CLOSED: 0,
  EVR_DECODE: 1,
  EVR_TRANSFORM: 1,
  EVR_ACTION: 1,
  EVR_TIMEOUT: 1,
  EVR_SOURCE: 1,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** `never`: trying again cannot help. `later`: it may. Default `never`. */
  readonly retry?: 'never' | 'later';
  /** With `later`: not before this many milliseconds have passed (Retry-After). */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
  /** True: the whole pipeline must stop, the event is not at fault (a full disk, a closed pipe). */
  readonly fatal?: boolean;
}

/**
 * The only error that users meet. The message is a sentence that says what happened, where, what was expected
 * and what to do; it holds no secret.
 */
export class EvrunError extends Error {
  readonly code: ErrorCode;
  readonly retry: 'never' | 'later';
  readonly retryAfterMs: number | undefined;
  readonly fatal: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'EvrunError';
    this.code = code;
    this.retry = details.retry ?? 'never';
    this.retryAfterMs = details.retryAfterMs;
    this.fatal = details.fatal ?? false;
  }

  get exitCode(): number {
    return ERROR_CODES[this.code];
  }
}

/** A record that its format cannot read. Data, not a crash: it becomes a dead letter with its raw bytes. */
export class DecodeError extends EvrunError {
  constructor(message: string, cause?: unknown) {
    super('EVR_DECODE', message, { cause });
  }
}

/** The sentence of any thrown value, without its stack. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return typeof error === 'string' ? error : String(error);
}

/** Text that another sentence follows: with a full stop, unless it ends as a question or has one. */
export function withFullStop(sentence: string): string {
  return /[.?!]$/.test(sentence) ? sentence : `${sentence}.`;
}
