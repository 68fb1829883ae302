/** The frame of a recipe: its top-level keys and the `{ type, config }` maps in them, as DataHub's PipelineConfig. */

import { nearest } from '../support/nearest.ts';
import { readBoolean } from '../support/schema/schema-coerce.ts';
import { described } from '../support/schema/schema-problems.ts';
import type { Draft } from './problem.ts';
import { looksSecret } from './secrets.ts';
import type { Path } from './tree.ts';

export interface Outline {
  readonly name: string | undefined;
  readonly source: Component | undefined;
  readonly filters: readonly Component[];
  /** The legacy `filter`: the config of the transformer of that name. */
  readonly filter: unknown;
  readonly transform: readonly Component[];
  readonly action: Component | undefined;
  readonly datahub: unknown;
  readonly options: unknown;
}

export interface Component {
  readonly type: string;
  readonly config: unknown;
  readonly path: Path;
}

export const TOP_KEYS = {
  name: 'Unique name of the pipeline: its state, consumer group and dead letters are filed under it.',
  enabled: 'Whether the recipe runs; default true.',
  datahub: 'Connection to a DataHub server.',
  source: 'Where events come from.',
  filters: 'Filters that an event must pass, in order, before everything else.',
  filter: 'A pattern that an event must match: { event_type, event }.',
  transform: 'Transformers, applied in order.',
  action: 'What is done with each event.',
  options: 'Retries, failure mode, concurrency, commits and limits.',
} as const;

type Map = Readonly<Record<string, unknown>>;

export function outlineOf(value: unknown, problems: Draft[]): Outline | undefined {
  if (!isMap(value)) {
    const fix = 'Begin with name:, source: and action:, each on its own line with a space after the colon.';
    problems.push({ path: [], message: 'expected a map with the keys name, source and action', fix });
    return undefined;
  }
  unknownKeys(value, Object.keys(TOP_KEYS), [], problems);
  const { enabled } = value;
  if (enabled !== undefined && readBoolean(enabled) === undefined) {
    const found = described(enabled);
    const message = `expected true or false, got ${found}`;
    problems.push({ path: ['enabled'], message, expected: 'true or false', found });
  }
  return {
    name: nameOf(value, problems),
    source: required(value, 'source', problems),
    filters: list(value, 'filters', problems),
    filter: value['filter'] ?? undefined,
    transform: list(value, 'transform', problems),
    action: required(value, 'action', problems),
    datahub: value['datahub'] ?? undefined,
    options: value['options'] ?? undefined,
  };
}

function nameOf(value: Map, problems: Draft[]): string | undefined {
  const { name } = value;
  if (name === undefined || name === null) {
    const path = name === undefined ? [] : ['name'];
    problems.push({
      path,
      about: 'key',
      message: '"name" is missing',
      fix: 'Give each recipe a name of its own.',
    });
    return undefined;
  }
  if (typeof name !== 'string') {
    const fix = `Write it in quotes.`;
    problems.push({ path: ['name'], message: 'expected a text as name', expected: 'a text', fix });
    return undefined;
  }
  if (name.trim() === '') {
    problems.push({ path: ['name'], message: 'the name is empty, expected a text that no other recipe has' });
    return undefined;
  }
  return name;
}

function required(value: Map, key: 'source' | 'action', problems: Draft[]): Component | undefined {
  const found = value[key];
  if (found === undefined || found === null) {
    const path = found === undefined ? [] : [key];
    const fix = `Write "${key}:" with "type:" and "config:" under it.`;
    problems.push({ path, about: 'key', message: `"${key}" is missing`, fix });
    return undefined;
  }
  return component(found, [key], problems);
}

function list(value: Map, key: 'filters' | 'transform', problems: Draft[]): readonly Component[] {
  const found = value[key];
  if (found === undefined || found === null) return [];
  if (!Array.isArray(found)) {
    const fix = 'Put "- " before each of its items, also if there is only one.';
    problems.push({ path: [key], message: `expected a list under "${key}"`, expected: 'a list', fix });
    return [];
  }
  return found.flatMap((item, index) => component(item, [key, index], problems) ?? []);
}

/** `{ type, config }` at `path`; undefined (and a problem) where it is none. */
export function component(value: unknown, path: Path, problems: Draft[]): Component | undefined {
  const [key] = path.slice(-1);
  const called = typeof key === 'number' ? 'each item' : `"${key}"`;
  if (!isMap(value)) {
    const word = typeof value === 'string' && /^[\w./-]+$/.test(value) ? value : 'name';
    const fix = `Write { type: ${word}, config: { … } }.`;
    problems.push({ path, message: `expected ${called} to be a map with type and config`, fix });
    return undefined;
  }
  unknownKeys(value, ['type', 'config'], path, problems);
  const { type, config } = value;
  if (type === undefined) {
    problems.push({ path, about: 'key', message: `"type" is missing` });
    return undefined;
  }
  if (type === null) {
    const message = 'the type is empty: YAML reads null, and nothing behind the colon, as no value';
    problems.push({
      path: [...path, 'type'],
      message,
      fix: 'Name a type; to do nothing with events, discard.',
    });
    return undefined;
  }
  if (typeof type !== 'string' || type === '') {
    problems.push({ path: [...path, 'type'], message: 'expected a name as type', expected: 'a text' });
    return undefined;
  }
  return { type, config: config ?? {}, path };
}

function unknownKeys(value: Map, known: readonly string[], path: Path, problems: Draft[]): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const didYouMean = nearest(key, known);
    const expected = `one of ${known.join(', ')}`;
    const fix =
      path.length > 0 && didYouMean === undefined ? 'Options of a type stand under its "config".' : undefined;
    problems.push({
      path: [...path, key],
      about: 'key',
      message: `unknown key "${key}"${didYouMean === undefined ? `, expected ${expected}` : ''}`,
      expected,
      secret: looksSecret(key),
      ...(didYouMean === undefined ? {} : { didYouMean }),
      ...(fix === undefined ? {} : { fix }),
    });
  }
}

function isMap(value: unknown): value is Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
