/**
 * The one door to ajv. Two kinds of schema come through it: those of our own connectors (`compileSchema`, whose
 * problems become messages about a recipe) and those of users (`compileUserSchema`, for the `validate`
 * transformer). A connector's options are first read as `coerce.ts` says, then checked.
 */
import { createRequire } from 'node:module';
import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import { EvrunError, messageOf } from '../../contract/errors.ts';
import type { ConfigSchema } from '../../contract/schema.ts';
import { readOptions } from './schema-coerce.ts';
import { type SchemaError, type SchemaProblem, schemaProblems } from './schema-problems.ts';

export type { SchemaProblem } from './schema-problems.ts';

/** A config as its schema reads it: a copy with defaults filled in and scalars of the declared type. */
export interface CheckedConfig {
  readonly value: Readonly<Record<string, unknown>>;
  readonly problems: readonly SchemaProblem[];
}

export type ConfigCheck = (config: unknown) => CheckedConfig;

let options: Ajv | undefined;
const compiled = new WeakMap<ConfigSchema, ConfigCheck>();

/** Never throws for a config; throws EvrunError EVR_RECIPE for a schema that is none. Compiles a schema once. */
export function compileSchema(schema: ConfigSchema): ConfigCheck {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  options ??= optionsAjv();
  const validate = compiledSchema(options, schema);
  const check: ConfigCheck = (config) => {
    const read = readOptions(schema, config);
    validate(read.value);
    const errors = (validate.errors ?? []).map(schemaError);
    return {
      value: read.value as Readonly<Record<string, unknown>>,
      problems: [...schemaProblems(errors, read.writtenAs), ...read.problems],
    };
  };
  compiled.set(schema, check);
  return check;
}

/** What a user's schema finds wrong: the JSON pointer into the data (empty = the whole) and a sentence. */
export interface DataProblem {
  readonly pointer: string;
  readonly message: string;
}

/**
 * Compiles a JSON Schema of a user's: draft 2020-12, or the draft that its `$schema` names (7, 2019-09).
 * The check stops at the first problem (data may be hostile: a list of a million wrong items is one problem)
 * and names no value of the data. Throws EvrunError EVR_RECIPE for a schema that is none.
 */
export function compileUserSchema(schema: unknown): (data: unknown) => DataProblem[] {
  if (
    typeof schema !== 'boolean' &&
    (typeof schema !== 'object' || schema === null || Array.isArray(schema))
  ) {
    throw new EvrunError('EVR_RECIPE', 'a JSON Schema is a map (or true or false)');
  }
  if (typeof schema === 'object' && '$async' in schema) {
    throw new EvrunError('EVR_RECIPE', 'the JSON Schema says $async, which is not supported: remove it');
  }
  const { ajv, draft } = ajvFor(schema);
  try {
    const validate = ajv.compile(schema);
    return (data) => (validate(data) ? [] : (validate.errors ?? []).slice(0, 20).map(dataProblem));
  } catch (error) {
    const read = `(read as ${draft}; another draft is named with $schema)`;
    throw new EvrunError('EVR_RECIPE', `the JSON Schema cannot be used: ${messageOf(error)} ${read}`, {
      cause: error,
    });
  }
}

function ajvFor(schema: unknown): { ajv: Ajv; draft: string } {
  const named =
    typeof schema === 'object' && schema !== null && '$schema' in schema ? String(schema.$schema) : '';
  // Own instances: two users' schemas may have the same $id.
  const settings = { strict: false, logger: false, allErrors: false } as const;
  if (named === '' || named.includes('2020-12')) {
    return { ajv: formats(new (drafts('2020').Ajv2020)(settings)), draft: 'draft 2020-12' };
  }
  if (named.includes('2019-09')) {
    return { ajv: formats(new (drafts('2019').Ajv2019)(settings)), draft: 'draft 2019-09' };
  }
  if (/draft-0[67]/.test(named)) return { ajv: formats(new Ajv(settings)), draft: 'draft 7' };
  throw new EvrunError(
    'EVR_RECIPE',
    `the JSON Schema names $schema "${named}", expected draft-07, 2019-09 or 2020-12`,
  );
}

type Drafts = typeof import('ajv/dist/2019.js') & typeof import('ajv/dist/2020.js');

/** Loaded when a user's schema needs them: starting costs only what is used. */
function drafts(year: '2019' | '2020'): Drafts {
  return createRequire(import.meta.url)(`ajv/dist/${year}.js`) as Drafts;
}

function formats<A extends Ajv>(ajv: A): A {
  addFormats.default(ajv);
  return ajv;
}

function compiledSchema(ajv: Ajv, schema: ConfigSchema) {
  try {
    return ajv.compile(closeObjects(schema));
  } catch (error) {
    throw new EvrunError('EVR_RECIPE', `the schema of its options cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function optionsAjv(): Ajv {
  // Not checked against the schema of schemas: compiling that one would cost more than all of ours together.
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: false,
    logger: false,
    meta: false,
    validateSchema: false,
  });
  for (const keyword of ['secret', 'cel', 'template', 'ignored', 'alias']) ajv.addKeyword(keyword);
  return formats(ajv);
}

/** An object that declares its keys knows them all, unless it says otherwise: a typo is never an option. */
function closeObjects(schema: unknown): Record<string, unknown> {
  const closed: Record<string, unknown> = { ...(schema as object) };
  if (isMap(closed['properties'])) {
    closed['properties'] = mapValues(closed['properties'], closeObjects);
    closed['additionalProperties'] ??= false;
  }
  if (isMap(closed['additionalProperties'])) {
    closed['additionalProperties'] = closeObjects(closed['additionalProperties']);
  }
  if (isMap(closed['items'])) closed['items'] = closeObjects(closed['items']);
  if (Array.isArray(closed['oneOf'])) closed['oneOf'] = closed['oneOf'].map(closeObjects);
  return closed;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues(map: Record<string, unknown>, change: (value: unknown) => unknown) {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

function schemaError(error: ErrorObject): SchemaError {
  return {
    keyword: error.keyword,
    pointer: error.instancePath,
    schemaPath: error.schemaPath,
    params: error.params,
    schema: (error.parentSchema ?? {}) as SchemaError['schema'],
    data: error.data,
  };
}

function dataProblem(error: ErrorObject): DataProblem {
  const params = error.params as Record<string, unknown>;
  const extra = params['additionalProperty'] ?? params['unevaluatedProperty'];
  const named = extra === undefined ? '' : ` (${JSON.stringify(extra)})`;
  const allowed = Array.isArray(params['allowedValues'])
    ? `: ${JSON.stringify(params['allowedValues'])}`
    : '';
  return { pointer: error.instancePath, message: `${error.message ?? error.keyword}${named}${allowed}` };
}
