/**
 * Keys that every source's `config` takes: what its records are, where reading begins and when it ends. They
 * are added to each source's own options (a source that declares one itself has its own) and never reach the
 * source but through its context.
 */
import type { SourceDefinition } from '../contract/define.ts';
import type { ConfigSchema, OptionSchema } from '../contract/schema.ts';
import type { StartPoint } from '../contract/source.ts';
import { parseDuration } from '../support/duration.ts';
import type { Draft } from './problem.ts';
import type { Path } from './tree.ts';

export const SOURCE_KEYS = {
  format: {
    oneOf: [
      { type: 'string', minLength: 1 },
      {
        type: 'object',
        properties: {
          type: { type: 'string', minLength: 1, description: 'Name of the format.' },
          config: { type: 'object', description: 'Options of the format.' },
        },
        required: ['type'],
      },
    ],
    description:
      'What the records are: the name of a format, or { type, config }. Each source has a default.',
    examples: ['json', 'datahub', 'cloudevents', 'text'],
  },
  start: {
    type: 'string',
    description:
      'Where reading begins when no position is stored: earliest, latest, an age (7d, 12h, 30m, 90s) or a time (2026-08-01T00:00:00Z).',
    examples: ['earliest', 'latest', '7d', '2026-08-01T00:00:00Z'],
  },
  lookback_days: {
    type: 'integer',
    minimum: 0,
    description: 'Begins this many days back when no position is stored.',
  },
  reset_offsets: {
    type: 'boolean',
    default: false,
    description: 'Forgets the stored position, once at each start of the process.',
  },
  kill_after_idle_timeout: {
    type: 'boolean',
    default: false,
    description: 'Ends the pipeline (exit 0) after it has been idle for idle_timeout_duration_seconds.',
  },
  idle_timeout_duration_seconds: {
    type: 'number',
    minimum: 0,
    default: 30,
    description:
      'How long the source must have nothing new, in seconds, where kill_after_idle_timeout is on.',
  },
} as const satisfies Record<string, OptionSchema>;

const schemas = new WeakMap<SourceDefinition, ConfigSchema>();

/** The source's options with the common keys. One object per definition, so that it is compiled once. */
export function sourceSchema(definition: SourceDefinition): ConfigSchema {
  const known = schemas.get(definition);
  if (known !== undefined) return known;
  const { schema } = definition;
  const merged = { ...schema, properties: { ...SOURCE_KEYS, ...schema.properties } };
  schemas.set(definition, merged);
  return merged;
}

/** The keys that make a difference to this source: without those that it refuses, and without a choice of one start. */
export function possibleKeys({ refuses }: SourceDefinition): Readonly<Record<string, OptionSchema>> {
  const { earliest, latest, time, reset } = refuses ?? {};
  const without = new Set<string>();
  if (time !== undefined) without.add('lookback_days');
  if (reset !== undefined) without.add('reset_offsets');
  const starts = [earliest, latest, time].filter((reason) => reason === undefined).length;
  if (starts < 2) without.add('start');
  return Object.fromEntries(Object.entries(SOURCE_KEYS).filter(([key]) => !without.has(key)));
}

/** The config that the source is created with: without common keys that are not its own. */
export function ownKeys(definition: SourceDefinition, config: Readonly<Record<string, unknown>>) {
  const kept = Object.entries(config).filter(
    ([key]) => Object.hasOwn(definition.schema.properties, key) || !Object.hasOwn(SOURCE_KEYS, key),
  );
  return Object.fromEntries(kept);
}

/** `earliest`, `latest`, an age or a time; undefined for anything else. Ages count back from `now`. */
export function parseStart(text: string, now: number): StartPoint | undefined {
  if (text === 'earliest' || text === 'latest') return { at: text };
  const age = parseDuration(text);
  if (age !== undefined) return { at: 'time', time: now - age };
  const time = parseTime(text);
  return time === undefined ? undefined : { at: 'time', time };
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[-+]\d{2}:\d{2})$/;

/** RFC 3339, or a date, which means its first moment in UTC. */
export function parseTime(text: string): number | undefined {
  const full = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
  if (!RFC_3339.test(full)) return undefined;
  const time = Date.parse(full.replace(' ', 'T').toUpperCase());
  if (Number.isNaN(time)) return undefined;
  // Date.parse rolls 30 February over into March.
  const day = Number(full.slice(8, 10));
  return day > daysIn(Number(full.slice(0, 4)), Number(full.slice(5, 7))) ? undefined : time;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

export const START_FORMS = 'earliest, latest, an age (7d, 12h, 30m, 90s) or a time (2026-08-01T00:00:00Z)';

/** What the recipe asks of the source's position that it cannot do. */
export function checkSourceKeys(
  definition: SourceDefinition,
  config: Readonly<Record<string, unknown>>,
  path: Path,
): Draft[] {
  const problems: Draft[] = [];
  const { refuses } = definition;
  const refuse = (key: string, reason: string | undefined) => {
    if (reason !== undefined) {
      problems.push({
        path: [...path, key],
        about: 'key',
        message: `${key}: ${reason}`,
        fix: `Remove ${key}.`,
      });
    }
  };
  const { start } = config;
  if (typeof start === 'string') {
    const point = parseStart(start, 0);
    if (point === undefined) {
      const message = `expected ${START_FORMS}, got ${JSON.stringify(start.slice(0, 60))}`;
      problems.push({ path: [...path, 'start'], message, expected: START_FORMS, found: start });
    } else refuse('start', refuses?.[point.at]);
  }
  const days = config['lookback_days'];
  if (typeof days === 'number') {
    refuse('lookback_days', refuses?.time);
    if (typeof start === 'string') {
      const message = 'start and lookback_days both say where to begin';
      problems.push({ path: [...path, 'lookback_days'], about: 'key', message, fix: 'Remove one of them.' });
    }
  }
  if (config['reset_offsets'] === true) refuse('reset_offsets', refuses?.reset);
  return problems;
}
