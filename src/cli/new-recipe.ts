import type { ActionDefinition, AnyDefinition, SourceDefinition } from '../contract/define.ts';
import type { OptionSchema } from '../contract/schema.ts';
import { possibleKeys } from '../recipe/source-keys.ts';
import { wrapped } from './option-text.ts';
import { sampleOf } from './sample.ts';

/** A recipe to begin with: what must be given stands there, what may be given stands beside it as a comment. */
export interface NewRecipe {
  readonly name: string;
  readonly source: SourceDefinition;
  readonly action: ActionDefinition;
  /** For editors: path or URL of the recipe's JSON Schema. */
  readonly schemaPath: string;
  readonly file: string;
}

export function newRecipeText({ name, source, action, schemaPath, file }: NewRecipe): string {
  return `${[
    `# yaml-language-server: $schema=${schemaPath}`,
    '#',
    `# evrun check ${file}        finds mistakes`,
    `# evrun ${file} --dry-run    shows what would be done`,
    '',
    '# Unique: positions and dead letters are filed under it.',
    `name: ${JSON.stringify(name)}`,
    '',
    ...(source.needsDatahub === true ? DATAHUB : []),
    ...part('source', source, possibleKeys(source)),
    '',
    ...FILTER,
    ...part('action', action),
    '',
    ...OPTIONS,
  ].join('\n')}\n`;
}

function part(
  key: string,
  definition: AnyDefinition,
  common: Readonly<Record<string, OptionSchema>> = {},
): readonly string[] {
  const { schema } = definition;
  const given = new Set([
    ...(schema.required ?? []),
    ...(schema.oneOf?.[0]?.required ?? []),
    ...(definition.suggested ?? []),
  ]);
  const instead = new Set(schema.oneOf?.slice(1).flatMap(({ required }) => required));
  const options = Object.entries({ ...common, ...schema.properties }).filter(
    ([name, option]) =>
      option.alias === undefined && option.ignored === undefined && (given.has(name) || !instead.has(name)),
  );
  const inOrder = [
    ...options.filter(([name]) => given.has(name)),
    ...options.filter(([name]) => !given.has(name)),
  ];
  return [
    ...comment(definition.summary, ''),
    `${key}:`,
    `  type: ${definition.name}`,
    ...(inOrder.length > 0 ? ['  config:'] : []),
    ...inOrder.flatMap(([name, option]) => optionText(name, option, given.has(name))),
  ];
}

function optionText(name: string, option: OptionSchema, given: boolean): readonly string[] {
  const value = JSON.stringify(sampleOf(option, name, given));
  return [...comment(option.description ?? '', '    '), `    ${given ? '' : '# '}${name}: ${value}`];
}

function comment(text: string, indent: string): readonly string[] {
  return wrapped(text, `${indent}# `);
}

const DATAHUB = [
  'datahub:',
  '  server: "${DATAHUB_URL:-http://localhost:8080}"',
  '  # token: "${DATAHUB_TOKEN}"    # or "${file:/run/secrets/datahub-token}"',
  '',
];

const FILTER = [
  '# Only events that match go on; the others are dropped and counted.',
  '# filter:',
  '#   event_type: EntityChangeEvent_v1',
  '#   event: { category: TAG, operation: ADD }',
  '',
  '# Steps that change, split or drop events; `evrun connectors` lists them.',
  '# transform:',
  '#   - type: where',
  '#     config: { expr: \'event.data.category == "TAG"\' }',
  '',
];

const OPTIONS = [
  'options:',
  '  # CONTINUE: an event that fails for good becomes a dead letter. THROW: the pipeline stops there.',
  '  failure_mode: CONTINUE',
  '  # Tries after the first one, with growing waits that begin with retry_backoff_seconds.',
  '  retry_count: 3',
  '  retry_backoff_seconds: 1',
  '  # Events that failed for good: <failed_events_dir>/<name>/failed_events.log',
  '  failed_events_dir: ./logs',
  '  # How many keys are worked on at once; events of one key stay in order.',
  '  concurrency: 16',
];
