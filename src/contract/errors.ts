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
 * and what to do; it holds no secret. Beyond 16,384 characters it is cut.
 */
export class EvrunError extends Error {
  readonly code: ErrorCode;
  readonly retry: 'never' | 'later';
  readonly retryAfterMs: number | undefined;
  readonly fatal: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(bounded(message, MOST_OWN), details.cause === undefined ? undefined : { cause: details.cause });
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

/** The sentence of any thrown value, without its stack; beyond 4,096 characters it is cut, and says so. Never throws. */
export function messageOf(error: unknown): string {
  if (error instanceof EvrunError) return error.message;
  try {
    return bounded(String(error instanceof Error ? error.message || error.name : error), MOST_FOREIGN);
  } catch {
    return `a thrown ${typeof error} that has no text`;
  }
}

/** Of others: a library may put a whole document into an error, and each attempt keeps its own. */
const MOST_FOREIGN = 4_096;
/** Of ours, which may hold one of others'. */
const MOST_OWN = 16_384;
/** So far back a cut looks for a blank: half a secret would not be known for one. */
const WORD = 512;

function bounded(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = text.slice(0, most);
  const blank = head.slice(-WORD).search(/\s\S*$/);
  // Half of a surrogate pair is no character.
  const kept = blank < 0 ? head.replace(/[\ud800-\udbff]$/, '') : head.slice(0, most - WORD + blank);
  return `${kept}… (${text.length.toLocaleString('en-US')} characters)`;
}

/** Text that another sentence follows: with a full stop, unless it ends as a question or has one. */
export function withFullStop(sentence: string): string {
  return /[.?!]$/.test(sentence) ? sentence : `${sentence}.`;
}
