/**
 * A component's `config` against its definition: its schema, what the definition itself checks, and every expression,
 * all in one go. What the schema has something against is left out of the rest.
 */
import type { ConfigProblem, RecipePlace } from '../contract/define.ts';
import { messageOf } from '../contract/errors.ts';
import type { ConfigSchema, OptionSchema } from '../contract/schema.ts';
import { parseDuration } from '../support/duration.ts';
import { nearest } from '../support/nearest.ts';
import { compileSchema, type SchemaProblem } from '../support/schema/json-schema.ts';
import type { Expanded } from './expand-tree.ts';
import { pathKey } from './expand-tree.ts';
import type { Draft } from './problem.ts';
import { hideSecrets, looksSecret } from './secrets.ts';
import { soundOptions, unsoundOptions } from './sound-options.ts';
import type { Path } from './tree.ts';

export type Config = Readonly<Record<string, unknown>>;

export interface ConfigRules {
  readonly schema: ConfigSchema;
  readonly check?: (config: never, place: RecipePlace) => readonly ConfigProblem[];
}

/** The config as its schema reads it; undefined where it cannot be used, and `problems` says why. */
export async function checkConfig(
  rules: ConfigRules,
  config: unknown,
  path: Path,
  { expanded, ...place }: { readonly expanded: Expanded } & RecipePlace,
  problems: Draft[],
): Promise<Config | undefined> {
  hideSecrets(rules.schema, config);
  const checked = orProblem(() => compileSchema(rules.schema)(config), path, problems);
  if (checked === undefined) return undefined;
  const { value, problems: found } = checked;
  for (const problem of found) problems.push(schemaDraft(problem, path, expanded, rules.schema));
  const errors = found.filter((problem) => problem.severity === 'error');
  const unsound = unsoundOptions(rules.schema, value, errors);
  if (unsound === undefined) return undefined;
  const check = () => rules.check?.(soundOptions(value, unsound) as never, place) ?? [];
  // What ends a check before its time is most likely what the schema says already.
  const checks = orProblem(check, path, errors.length === 0 ? problems : []);
  if (checks === undefined && errors.length === 0) return undefined;
  const own = (checks ?? []).map((problem) => ownDraft(problem, path, expanded));
  const told = new Set([
    ...own.map((problem) => pathKey(problem.path)),
    ...errors.map((problem) => pathKey([...path, ...problem.path])),
  ]);
  const expressions = (await checkExpressions(rules.schema, value, path))
    .filter((problem) => !told.has(pathKey(problem.path)))
    .map((problem) => asWritten(problem, expanded));
  const all = [...own, ...expressions];
  problems.push(...all);
  const wrong = errors.length > 0 || all.some((problem) => problem.severity !== 'warning');
  return wrong ? undefined : value;
}

/** A module of the user's may have a schema or a check that throws. */
function orProblem<T>(run: () => T, path: Path, problems: Draft[]): T | undefined {
  try {
    return run();
  } catch (error) {
    problems.push({ path, message: messageOf(error) });
    return undefined;
  }
}

function schemaDraft(problem: SchemaProblem, base: Path, expanded: Expanded, schema: ConfigSchema): Draft {
  const { unknownKey, choice, path: inner, ...said } = problem;
  const path = [...base, ...inner];
  const written = expanded.written.get(pathKey(path));
  const origin = written === undefined ? '' : ` (from ${written})`;
  const secret = isSecret(schema, inner) || (unknownKey !== undefined && looksSecret(unknownKey.name));
  const near = unknownKey ?? (choice && { name: choice.found, known: choice.known });
  const didYouMean = near === undefined ? undefined : nearest(near.name, near.known);
  const draft: Draft = { ...said, ...withUnit(problem), path, ...(secret ? { secret } : {}) };
  const known = unknownKey?.known ?? [];
  const tellAll = didYouMean === undefined && problem.severity === 'error';
  const listed =
    tellAll && known.length > 0 && known.length <= 16 ? `, expected one of ${known.join(', ')}` : '';
  return {
    ...draft,
    message: `${draft.message}${origin}${listed}`,
    ...(didYouMean === undefined ? {} : { didYouMean }),
  };
}

const UNITS: readonly (readonly [suffix: RegExp, unit: string, ms: number])[] = [
  [/_ms$/, 'milliseconds', 1],
  [/_seconds$|_sec$/, 'seconds', 1000],
  [/_days$/, 'days', 86_400_000],
  [/_bytes$/, 'bytes', 0],
];

/** `timeout_ms: 10s` is understood well enough to say what to write. */
function withUnit({ path, expected, found, message, fix }: SchemaProblem): Partial<Draft> {
  const key = String(path.at(-1));
  const unit = UNITS.find(([suffix]) => suffix.test(key));
  if (unit === undefined || expected === undefined || !/number|integer/.test(expected)) return {};
  const [, name, ms] = unit;
  const wanted = `${expected} (${name})`;
  const duration = found === undefined || ms === 0 ? undefined : parseDuration(found.replace(/^"|"$/g, ''));
  const count = duration === undefined ? undefined : duration / ms;
  return {
    expected: wanted,
    message: message.replace(expected, wanted),
    ...(count !== undefined && Number.isInteger(count)
      ? { fix: `Write ${count}.` }
      : fix === undefined
        ? {}
        : { fix }),
  };
}

function ownDraft(problem: ConfigProblem, base: Path, expanded: Expanded): Draft {
  return asWritten({ ...problem, path: [...base, ...problem.path] }, expanded);
}

/** A character of a value that came from a variable has no place in the recipe. */
function asWritten(draft: Draft, expanded: Expanded): Draft {
  const written = expanded.written.get(pathKey(draft.path));
  if (written === undefined) return draft;
  const { at: _, ...said } = draft;
  return { ...said, message: `${draft.message} (from ${written})` };
}

/** Every text that the schema marks as `cel` or `template`, also inside of maps and lists. */
async function checkExpressions(schema: OptionSchema, value: unknown, path: Path): Promise<Draft[]> {
  if (value === undefined || value === null) return [];
  if (schema.cel === true || schema.template === true) {
    const check = schema.cel
      ? (await import('../support/expressions/cel.ts')).checkCel
      : (await import('../support/expressions/template.ts')).checkTemplate;
    return leaves(value, path).flatMap(([text, where]) => {
      const problem = check(text);
      return problem === undefined ? [] : [{ path: where, message: problem.message, at: problem.at }];
    });
  }
  const problems: Draft[] = [];
  for (const branch of schema.oneOf ?? []) problems.push(...(await checkExpressions(branch, value, path)));
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      if (schema.items !== undefined)
        problems.push(...(await checkExpressions(schema.items, item, [...path, index])));
    }
  } else if (typeof value === 'object') {
    const rest = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    for (const [key, inner] of Object.entries(value)) {
      const known = schema.properties;
      const option = known !== undefined && Object.hasOwn(known, key) ? known[key] : rest;
      if (option !== undefined) problems.push(...(await checkExpressions(option, inner, [...path, key])));
    }
  }
  return problems;
}

function leaves(value: unknown, path: Path): [text: string, path: Path][] {
  if (typeof value === 'string') return [[value, path]];
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

function isSecret(schema: OptionSchema, path: Path): boolean {
  let at: OptionSchema | undefined = schema;
  for (const part of path) {
    if (at?.secret === true) return true;
    if (typeof part === 'number') at = at?.items;
    else {
      const rest = typeof at?.additionalProperties === 'object' ? at.additionalProperties : undefined;
      at = at?.properties !== undefined && Object.hasOwn(at.properties, part) ? at.properties[part] : rest;
    }
  }
  return at?.secret === true;
}
