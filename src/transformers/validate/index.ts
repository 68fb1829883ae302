import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defineTransformer } from '../../contract/define.ts';
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
  check: ({ schema }) => (schema === undefined ? [] : schemaProblems(schema)),
  create: async (config, { recipeDir }) => {
    const schema = config.schema ?? (await readSchema(resolve(recipeDir, config.schema_file ?? '')));
    const problemsOf = compileUserSchema(schema);
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

function schemaProblems(schema: unknown) {
  try {
    compileUserSchema(schema);
    return [];
  } catch (error) {
    return [{ path: ['schema'], message: messageOf(error) }];
  }
}

async function readSchema(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const message = `validate: schema_file ${path} cannot be read as JSON: ${messageOf(cause)}`;
    throw new EvrunError('EVR_RECIPE', message, { cause });
  }
}
