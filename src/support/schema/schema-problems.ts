/** Turns what a schema check found into sentences about the options of a recipe. */
import type { OptionSchema } from '../../contract/schema.ts';

export interface SchemaProblem {
  readonly severity: 'error' | 'warning';
  /** Into the config as it was written; of an unknown key: the key itself; of a missing one: its parent. */
  readonly path: readonly (string | number)[];
  /** Whether a caret belongs under the key or under the value. */
  readonly about: 'key' | 'value';
  /** What is wrong, where nothing was expected and found. */
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
  readonly fix?: string;
  readonly unknownKey?: { readonly name: string; readonly known: readonly string[] };
  /** The text that was found and those that would do, for a "did you mean". */
  readonly choice?: { readonly found: string; readonly known: readonly string[] };
}

/** One ajv error, without ajv. */
export interface SchemaError {
  readonly keyword: string;
  readonly pointer: string;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly schema: OptionSchema;
  readonly data: unknown;
}

export function schemaProblems(
  errors: readonly SchemaError[],
  writtenAs: ReadonlyMap<string, string>,
): SchemaProblem[] {
  return withoutBranches(errors).map((error) => {
    const path = pathOf(error.pointer);
    const first = typeof path[0] === 'string' ? writtenAs.get(path[0]) : undefined;
    const written = first === undefined ? path : [first, ...path.slice(1)];
    return { severity: 'error', ...problemOf(error, written) };
  });
}

/**
 * A value that fits no branch of a `oneOf` fails each of them. Said is only what the branch of its own type
 * has against it, or, if there is none, which types would do.
 */
function withoutBranches(errors: readonly SchemaError[]): SchemaError[] {
  let left = [...errors];
  const outermost = errors.filter((error) => error.keyword === 'oneOf').reverse();
  for (const one of outermost) {
    if (!left.includes(one)) continue;
    const inside = left.filter((error) => error.schemaPath.startsWith(`${one.schemaPath}/`));
    const branchOf = (error: SchemaError) => error.schemaPath.slice(one.schemaPath.length + 1).split('/')[0];
    const ofOtherType = new Set(
      inside.filter((error) => error.keyword === 'type' && error.pointer === one.pointer).map(branchOf),
    );
    const ofItsType = inside.filter((error) => !ofOtherType.has(branchOf(error)));
    const branches = new Set(ofItsType.map(branchOf));
    const drop = branches.size === 1 ? [one, ...inside.filter((e) => !ofItsType.includes(e))] : inside;
    left = left.filter((error) => !drop.includes(error));
  }
  return left;
}

type Problem = Omit<SchemaProblem, 'severity'>;

function problemOf(error: SchemaError, path: readonly (string | number)[]): Problem {
  const { params, schema, data } = error;
  const found = schema.secret === true ? undefined : described(data);
  const expect = (expected: string): Problem => ({
    path,
    about: 'value',
    message: `expected ${expected}${found === undefined ? '' : `, got ${found}`}`,
    expected,
    ...(found === undefined ? {} : { found }),
  });
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = String(params['additionalProperty']);
      const known = Object.keys(schema.properties ?? {}).filter((key) => isCurrent(schema, key));
      const message = `unknown key "${name}"`;
      return { path: [...path, name], about: 'key', message, unknownKey: { name, known } };
    }
    case 'required': {
      const name = String(params['missingProperty']);
      const what = schema.properties?.[name]?.description;
      const expected = what === undefined ? `"${name}"` : `"${name}" (${sentenceStart(what)})`;
      return { path, about: 'key', message: `"${name}" is missing`, expected };
    }
    case 'type': {
      const problem = expect(typeName(schema));
      const quotable = schema.type === 'string' && (typeof data === 'number' || typeof data === 'boolean');
      return quotable ? { ...problem, fix: 'Write it in quotes.' } : problem;
    }
    case 'enum': {
      const known = (schema.enum ?? []).map((value) => (typeof value === 'string' ? value : String(value)));
      const problem = expect(`one of ${known.join(', ')}`);
      return typeof data === 'string' ? { ...problem, choice: { found: data, known } } : problem;
    }
    case 'minimum':
      return expect(`${params['limit']} or more`);
    case 'exclusiveMinimum':
      return expect(`more than ${params['limit']}`);
    case 'maximum':
      return expect(`${params['limit']} or less`);
    case 'minLength':
      return expect(params['limit'] === 1 ? 'a text that is not empty' : `${params['limit']} characters`);
    case 'minItems':
      return expect(params['limit'] === 1 ? 'a list that is not empty' : `${params['limit']} items or more`);
    case 'pattern':
      return expect(`a text that matches ${schema.pattern}`);
    case 'format':
      return expect(`a text of the form ${String(params['format'])}`);
    case 'oneOf':
      return oneOf(schema, path, expect, error);
    default:
      return expect(`a value that the schema accepts (${error.keyword})`);
  }
}

function oneOf(
  schema: OptionSchema,
  path: readonly (string | number)[],
  expect: (expected: string) => Problem,
  error: SchemaError,
): Problem {
  const branches = schema.oneOf ?? [];
  const keys = branches.flatMap((branch) => branch.required ?? []);
  const ofKeys = branches.every((branch) => branch.type === undefined && branch.required !== undefined);
  if (!ofKeys) return expect([...new Set(branches.map(typeName))].join(' or '));
  const list = keys.map((key) => `"${key}"`).join(' or ');
  const both = Array.isArray(error.params['passingSchemas']);
  const message = both ? `only one of ${list} can be given` : `${list} is missing`;
  return { path, about: 'key', message, expected: `one of ${list}` };
}

function isCurrent(schema: OptionSchema, key: string): boolean {
  const option = schema.properties?.[key];
  return option?.alias === undefined && option?.ignored === undefined;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  object: 'a map',
  array: 'a list',
  null: 'nothing',
};

/** How a person calls the type: `an integer`, `a text or a list`. */
export function typeName(schema: OptionSchema): string {
  if (schema.oneOf !== undefined) return [...new Set(schema.oneOf.map(typeName))].join(' or ');
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  const named = types.filter((type) => type !== 'null').map((type) => TYPE_NAMES[type] ?? type);
  return named.length === 0 ? 'a value' : named.join(' or ');
}

/** A value as an error shows it: short, and no more of a map or list than that it is one. */
export function described(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}

function sentenceStart(description: string): string {
  return description.replace(/\.$/, '');
}

function pathOf(pointer: string): (string | number)[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => (/^(?:0|[1-9][0-9]*)$/.test(part) ? Number(part) : unescaped(part)));
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
