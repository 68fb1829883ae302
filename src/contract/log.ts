export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Scalars only, so that text and JSON logs say the same. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A sentence plus fields. Nothing is logged per event except at `debug`, behind `enabled`. */
export interface Logger {
  enabled(level: LogLevel): boolean;
  error(sentence: string, fields?: LogFields): void;
  warn(sentence: string, fields?: LogFields): void;
  info(sentence: string, fields?: LogFields): void;
  debug(sentence: string, fields?: LogFields): void;
  /** The same log with fields added to every line. */
  with(fields: LogFields): Logger;
}
