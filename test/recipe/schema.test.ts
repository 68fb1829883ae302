import { describe, expect, it } from 'vitest';
import { recipeSchema } from '../../src/recipe/index.ts';
import { connectorNames } from '../../src/registry.ts';
import { compileUserSchema } from '../../src/support/schema/json-schema.ts';

const check = async (recipe: unknown) => compileUserSchema(await recipeSchema())(recipe);

const RECIPE = {
  name: 'x',
  source: { type: 'file', config: { path: 'a', start: '7d', format: { type: 'json' } } },
  action: { type: 'http', config: { url: 'http://x' } },
};

describe('the JSON Schema for editors', () => {
  it.each([
    ['a recipe', RECIPE],
    [
      'variables where numbers belong',
      { ...RECIPE, enabled: '${ON:-true}', options: { retry_count: '${N:-3}' } },
    ],
    ['a module of the user’s', { ...RECIPE, action: { type: './notify.mjs', config: { any: 1 } } }],
    [
      'filters and transformers',
      {
        ...RECIPE,
        filter: { event_type: 'a' },
        filters: [{ type: 'where', config: { expr: 'true' } }],
        transform: [{ type: 'remove', config: { paths: ['data.a'] } }],
      },
    ],
    ['DataHub’s free keys', { ...RECIPE, datahub: { server: 'x', other: 1 }, options: { other: 1 } }],
  ])('accepts %s', async (_, recipe) => {
    expect(await check(recipe)).toEqual([]);
  });

  it.each([
    ['a missing name', { source: RECIPE.source, action: RECIPE.action }],
    ['an unknown key', { ...RECIPE, actions: [] }],
    ['an unknown type', { ...RECIPE, action: { type: 'htpp' } }],
    ['an unknown option of a type', { ...RECIPE, source: { type: 'file', config: { path: 'a', pth: 1 } } }],
    ['a missing option of a type', { ...RECIPE, source: { type: 'file' } }],
    ['a wrong value', { ...RECIPE, options: { retry_count: 'many' } }],
    ['a transformer under filters', { ...RECIPE, filters: [{ type: 'set', config: {} }] }],
  ])('refuses %s', async (_, recipe) => {
    expect(await check(recipe)).not.toEqual([]);
  });

  it('knows every connector, and no keyword of ours that an editor does not know', async () => {
    const text = JSON.stringify(await recipeSchema());
    for (const kind of ['source', 'action', 'transformer'] as const) {
      for (const name of connectorNames(kind)) expect(text).toContain(`"const":"${name}"`);
    }
    expect(text).not.toMatch(/"(?:secret|cel|template|ignored|alias)":(?:true|")/);
  });
});
