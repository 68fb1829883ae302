/** The recipe's `options`: DataHub's keys and ours. Unknown keys are warnings here, since DataHub ignores them. */
import type { PipelineOptions } from '../contract/pipeline.ts';
import type { ConfigOf, ConfigSchema } from '../contract/schema.ts';

export const OPTIONS = {
  type: 'object',
  additionalProperties: true,
  properties: {
    failure_mode: {
      type: 'string',
      enum: ['CONTINUE', 'THROW'],
      default: 'CONTINUE',
      description:
        'What an event does that failed for good: CONTINUE with the next, or THROW: stop with exit 3.',
    },
    retry_count: {
      type: 'integer',
      minimum: 0,
      default: 3,
      description: 'Attempts after the first one; 0 is one attempt.',
    },
    retry_backoff_seconds: {
      type: 'number',
      minimum: 0,
      maximum: 3600,
      default: 1,
      description: 'Wait before the second attempt in seconds; doubles each time, at most 60.',
    },
    attempt_timeout_seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 86_400,
      default: 60,
      description: 'When an attempt is given up, in seconds.',
    },
    failed_events_dir: {
      type: 'string',
      minLength: 1,
      default: './logs',
      description: 'Folder of the dead letters: <failed_events_dir>/<name>/failed_events.log.',
    },
    concurrency: {
      type: 'integer',
      minimum: 1,
      maximum: 10_000,
      default: 16,
      description: 'Events in work at once, each of another lane.',
    },
    order_by: {
      type: 'string',
      enum: ['key', 'partition', 'source', 'none'],
      default: 'key',
      description: 'What stays in order: events of a key, of a partition, all (one at a time), or none.',
    },
    commit_interval_ms: {
      type: 'integer',
      minimum: 1,
      maximum: 3_600_000,
      default: 1000,
      description: 'How often the position is stored, in milliseconds.',
    },
    commit_every: {
      type: 'integer',
      minimum: 1,
      default: 10_000,
      description: 'The position is also stored after this many events.',
    },
    max_in_flight: {
      type: 'integer',
      minimum: 1,
      maximum: 10_000_000,
      default: 10_000,
      description: 'Events that are read and not yet behind the position, at most.',
    },
    max_in_flight_bytes: {
      type: 'integer',
      minimum: 1024,
      default: 64 * 1024 * 1024,
      description: 'The same in bytes; 64MiB can be written too.',
    },
    shutdown_timeout_seconds: {
      type: 'number',
      minimum: 0,
      maximum: 86_400,
      default: 10,
      description: 'How long a stop waits for what is in work, in seconds.',
    },
    max_outage_seconds: {
      type: ['number', 'null'],
      minimum: 0,
      default: null,
      description:
        'Ends the pipeline (exit 5) after an outage this long, in seconds; null waits without limit. Before the source was reached it ends after 60 in any case.',
    },
    prefilter: {
      type: 'boolean',
      default: true,
      description:
        'Drops records unparsed that cannot pass the leading filters; damage inside of them is not seen.',
    },
    dead_letter_topic: {
      type: 'string',
      ignored: 'failed events are written to failed_events.log in failed_events_dir',
      description: 'Of DataHub Actions, without effect.',
    },
  },
} as const satisfies ConfigSchema;

export type RecipeOptions = ConfigOf<typeof OPTIONS>;

const UNIT_BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** What is spelled more freely than its type: the failure mode in any letter case, bytes with a unit. */
export function readOptionSpelling(options: unknown): unknown {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options;
  const read: Record<string, unknown> = { ...options };
  const { failure_mode: mode, max_in_flight_bytes: bytes } = read;
  if (typeof mode === 'string') read['failure_mode'] = mode.toUpperCase();
  if (typeof bytes === 'string') {
    const [, number, unit] = /^\s*(\d{1,12})\s*([kmg]?i?b)\s*$/i.exec(bytes) ?? [];
    const factor = UNIT_BYTES[unit?.toLowerCase() ?? ''];
    if (factor !== undefined) read['max_in_flight_bytes'] = Number(number) * factor;
  }
  return read;
}

export function pipelineOptions(options: RecipeOptions): PipelineOptions {
  const outage = options.max_outage_seconds;
  return {
    failureMode: options.failure_mode,
    retryCount: options.retry_count,
    retryBackoffMs: options.retry_backoff_seconds * 1000,
    attemptTimeoutMs: options.attempt_timeout_seconds * 1000,
    concurrency: options.concurrency,
    orderBy: options.order_by,
    commitIntervalMs: options.commit_interval_ms,
    commitEvery: options.commit_every,
    maxInFlight: options.max_in_flight,
    maxInFlightBytes: options.max_in_flight_bytes,
    shutdownTimeoutMs: options.shutdown_timeout_seconds * 1000,
    maxOutageMs: outage === null ? undefined : outage * 1000,
  };
}
