import { pathToFileURL } from 'node:url';
import { type ErrorCode, EvrunError, messageOf } from '../../contract/errors.ts';
import { syntaxErrorPlace } from './user-syntax.ts';

/** Turns what a module of the user's throws into a sentence with its file, line and column. */
export class UserCode {
  readonly path: string;
  private readonly url: string;

  constructor(path: string) {
    this.path = path;
    this.url = pathToFileURL(path).href;
  }

  /** Runs `work`; what it throws, or rejects with, comes out as an EvrunError that may be tried again, unless it
   *  says `retry: 'never'` itself. */
  run<T>(code: ErrorCode, work: () => T): T {
    let result: T;
    try {
      result = work();
    } catch (error) {
      throw this.failed(code, error);
    }
    if (!(result instanceof Promise)) return result;
    return result.catch((error: unknown) => {
      throw this.failed(code, error);
    }) as T;
  }

  failed(code: ErrorCode, error: unknown): EvrunError {
    const { retry, retryAfterMs, fatal } = (isUserObject(error) ? error : {}) as Partial<EvrunError>;
    return new EvrunError(
      error instanceof EvrunError ? error.code : code,
      `${this.place(error) ?? this.path}: ${messageOf(error)}`,
      {
        retry: retry === 'never' || code === 'EVR_RECIPE' ? 'never' : 'later',
        retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : undefined,
        fatal: fatal === true,
        cause: error,
      },
    );
  }

  /** What it returned is not what was agreed on: trying again cannot help. */
  wrong(code: ErrorCode, what: string): EvrunError {
    return new EvrunError(code, `${this.path}: ${what}`);
  }

  cannotLoad(error: unknown): EvrunError {
    const { code } = error as { code?: unknown };
    let advice = '';
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION') advice = '. Write JavaScript: .mjs or .js';
    else if (code === 'ERR_MODULE_NOT_FOUND')
      advice = '. Install the package where the recipe stands, or mend the path';
    else if (code === 'ERR_REQUIRE_ESM') advice = '. Name the file .mjs';
    const place =
      this.place(error) ?? (error instanceof SyntaxError ? syntaxErrorPlace(this.path) : undefined);
    const message = `${place ?? this.path}: cannot load the module: ${messageOf(error)}${advice}`;
    return new EvrunError('EVR_RECIPE', message, { cause: error });
  }

  /** `/home/me/notify.mjs:3:9`, as far as the error tells. */
  private place(error: unknown): string | undefined {
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    for (const name of [this.url, this.path]) {
      const at = stack.indexOf(`${name}:`);
      const numbers = at < 0 ? null : /^:(\d+)(?::(\d+))?/.exec(stack.slice(at + name.length));
      if (numbers !== null)
        return `${this.path}:${numbers[1]}${numbers[2] === undefined ? '' : `:${numbers[2]}`}`;
    }
    // A mistake in a file that the module imports.
    const other = /^(?:file:\/\/)?(\/[^\s:]+:\d+)\n/.exec(stack);
    return other?.[1];
  }
}

export function isUserObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
