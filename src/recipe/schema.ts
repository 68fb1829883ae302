/**
 * JSON Schema (draft 7) of a whole recipe, for editors: keys, types and descriptions of every connector. It is
 * wider than the check: where a number belongs, `${PORT:-8080}` may stand too.
 */
import type { AnyDefinition, SourceDefinition } from '../contract/define.ts';
import type { ConfigSchema, OptionSchema } from '../contract/schema.ts';
import { connectorNames, type Kind, loadConnector } from '../registry.ts';
import { DATAHUB } from './datahub-block.ts';
import { OPTIONS } from './options.ts';
import { TOP_KEYS } from './outline.ts';
import { sourceSchema } from './source-keys.ts';

type Json = Readonly<Record<string, unknown>>;

const MODULE = {
  type: 'string',
  pattern: '^\\.{0,2}/|\\.m?js$',
  description: 'A module of your own, relative to the recipe.',
};
const VARIABLE = { type: 'string', pattern: '\\$' };

export async function recipeSchema(): Promise<object> {
  const source = await part('source');
  const transformer = await part('transformer');
  const filter = await part('transformer', (one) => one.kind === 'transformer' && one.filter === true);
  const action = await part('action');
  const legacy = await loadConnector('transformer', 'filter');
  const described = (key: keyof typeof TOP_KEYS, schema: Json) => ({ description: TOP_KEYS[key], ...schema });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'evrun recipe',
    type: 'object',
    required: ['name', 'source', 'action'],
    additionalProperties: false,
    properties: {
      name: described('name', { type: 'string', minLength: 1 }),
      enabled: described('enabled', { anyOf: [{ type: 'boolean' }, VARIABLE], default: true }),
      datahub: described('datahub', config(DATAHUB)),
      source: described('source', source),
      filters: described('filters', { type: 'array', items: filter }),
      filter: described('filter', legacy === undefined ? { type: 'object' } : config(legacy.schema)),
      transform: described('transform', { type: 'array', items: transformer }),
      action: described('action', action),
      options: described('options', config(OPTIONS)),
    },
  };
}

/** `{ type, config }`, where the type decides what the config is. */
async function part(kind: Kind, fits: (one: AnyDefinition) => boolean = () => true): Promise<Json> {
  const definitions: AnyDefinition[] = [];
  for (const name of connectorNames(kind)) {
    const one = await loadConnector(kind, name);
    if (one !== undefined && fits(one)) definitions.push(one);
  }
  const types = definitions.map(({ name, summary }) => ({ const: name, description: summary }));
  return {
    type: 'object',
    required: ['type'],
    additionalProperties: false,
    properties: { type: { anyOf: [...types, MODULE] }, config: { type: ['object', 'null'] } },
    allOf: definitions.map((one) => {
      const schema = one.kind === 'source' ? sourceSchema(one as SourceDefinition) : one.schema;
      const needed = (schema.required ?? []).length > 0 ? { required: ['config'] } : {};
      return {
        if: { properties: { type: { const: one.name } }, required: ['type'] },
        ...conditional({ properties: { config: config(schema) }, ...needed }),
      };
    }),
  };
}

function conditional(schema: Json): Json {
  return Object.fromEntries([['then', schema]]);
}

function config(schema: ConfigSchema): Json {
  const { oneOf, ...rest } = schema;
  return {
    ...option(rest as OptionSchema),
    additionalProperties: schema.additionalProperties ?? false,
    ...(oneOf ? { oneOf } : {}),
  };
}

function option(schema: OptionSchema): Json {
  const { secret, cel, template, ignored, alias, ...plain } = schema;
  const out: Record<string, unknown> = { ...plain };
  if (schema.properties !== undefined) {
    out['properties'] = mapValues(schema.properties, option);
    out['additionalProperties'] ??= false;
  }
  if (typeof schema.additionalProperties === 'object') {
    out['additionalProperties'] = option(schema.additionalProperties);
  }
  if (schema.items !== undefined) out['items'] = option(schema.items);
  if (schema.oneOf !== undefined) {
    // A text that is a variable may fit several.
    out['anyOf'] = schema.oneOf.map(option);
    delete out['oneOf'];
  }
  if (secret) out['x-secret'] = true;
  if (cel) out['x-cel'] = true;
  if (template) out['x-template'] = true;
  const old = ignored ?? (alias === undefined ? undefined : `renamed to ${alias}`);
  if (old !== undefined) Object.assign(out, { deprecated: true, deprecationMessage: old });
  return takesVariable(out);
}

/** Texts take a variable as they are; numbers, booleans and words of a list need to be told so. */
function takesVariable(schema: Record<string, unknown>): Json {
  const types = [schema['type']].flat();
  const scalar = types.some((type) => type === 'integer' || type === 'number' || type === 'boolean');
  if (!scalar && schema['enum'] === undefined) return schema;
  const { description, default: standard, deprecated, deprecationMessage, ...check } = schema;
  const notes = { description, default: standard, deprecated, deprecationMessage };
  const said = Object.fromEntries(Object.entries(notes).filter(([, value]) => value !== undefined));
  return { ...said, anyOf: [check, VARIABLE] };
}

function mapValues(map: Readonly<Record<string, OptionSchema>>, change: (schema: OptionSchema) => Json) {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
