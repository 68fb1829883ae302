import { EvrunError, messageOf } from '../../contract/errors.ts';
import type { KafkaSettings } from './settings.ts';

/** First version: every failure is an outage. */
export function explain(
  error: unknown,
  what: string,
  settings: KafkaSettings,
  _reasons: readonly string[] = [],
): EvrunError {
  if (error instanceof EvrunError) return error;
  return new EvrunError(
    'EVR_UNREACHABLE',
    `kafka ${settings.brokers.join(',')}: cannot ${what}: ${messageOf(error)}`,
    {
      retry: 'later',
      cause: error,
    },
  );
}
