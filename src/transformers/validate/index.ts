import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineTransformer, type RecipePlace } from '../../contract/define.ts';
import { EvrunError, messageOf } from '../../contract/errors.ts';
import { compileUserSchema } from '../../support/schema/json-schema.ts';

export default defineTransformer({
  name: 'validate',
  summary: 'fails events whose data does not fit a JSON Schema',
  schema: {
    type: 'object',
    properties: {
      schema: {
        type: ['object', 'boolean'],
        description: 'The JSON Schema of the data: draft 2020-12, or the draft that its `$schema` names.',
        examples: [{ type: 'object', required: ['id'], properties: { id: { type: 'string' } } }],
      },
      schema_file: {
        type: 'string',
        minLength: 1,
        description: 'A file that holds it as JSON; a relative path begins at the recipe’s folder.',
        examples: ['schemas/order.json'],
      },
    },
    oneOf: [{ required: ['schema'] }, { required: ['schema_file'] }],
  },
  check(config, place) {
    try {
      compileUserSchema(schemaOf(config, place));
      return [];
    } catch (error) {
      return [{ path: [config.schema === undefined ? 'schema_file' : 'schema'], message: messageOf(error) }];
    }
  },
  create(config, place) {
    const problemsOf = compileUserSchema(schemaOf(config, place));
    return {
      pure: true,
      transform: (event) => {
        const [first, ...others] = problemsOf(event.data);
        if (first === undefined) return event;
        const more = others.length > 0 ? ` (and ${others.length} more)` : '';
        const at = first.pointer === '' ? 'the data' : `the data at ${first.pointer}`;
        throw new EvrunError('EVR_TRANSFORM', `${at} does not fit the schema: ${first.message}${more}`);
      },
    };
  },
});

function schemaOf(
  config: { readonly schema?: unknown; readonly schema_file?: string | undefined },
  { recipeDir }: RecipePlace,
): unknown {
  if (config.schema !== undefined) return config.schema;
  const path = resolve(recipeDir, config.schema_file ?? '');
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new EvrunError('EVR_RECIPE', `${path} cannot be read as JSON: ${messageOf(cause)}`, { cause });
  }
}
