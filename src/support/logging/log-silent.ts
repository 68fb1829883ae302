import type { Logger } from '../../contract/log.ts';

/** Says nothing, and does not load the logging library: for tests and for tools that report otherwise. */
export const silentLogger: Logger = {
  enabled: () => false,
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  with: () => silentLogger,
};
