import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRecipes, renderProblem } from '../../src/recipe/index.ts';
import { ROOT } from './markdown.ts';

const folder = join(ROOT, 'recipes');
const files = readdirSync(folder).filter((name) => /\.(ya?ml|json)$/.test(name));

describe.each(files)('recipes/%s', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');
  // A default that is written with the variable counts; so does a command in the comments.
  const comments = text.match(/^#.*$/gm)?.join('\n') ?? '';
  const documented = [...comments.matchAll(/\b([A-Z][A-Z_]+)=/g)].map(([, variable]) => variable as string);
  const env = Object.fromEntries(documented.map((variable) => [variable, 'http://127.0.0.1:8080/x']));

  it('passes the check with the variables that its comments name, without a warning', async () => {
    const numbers = { COUNT: '1', RATE: '1' };
    const { problems } = await loadRecipes({
      files: [join(folder, name)],
      flags: {},
      strict: true,
      env: { ...env, ...numbers },
    });
    // What a recipe runs is installed where it runs.
    const found = problems.filter(({ message }) => !/^the program "\w+" was not found/.test(message));
    expect(found.map((problem) => renderProblem(problem, false))).toEqual([]);
  });

  it('tells editors its schema, and people how to run it', () => {
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../schema/recipe.schema.json');
    expect(comments).toContain(`recipes/${name}`);
  });
});

it('recipes/: no two have the same name', async () => {
  const names = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/^name: .*$/gm) ?? []);
  expect(new Set(names).size).toBe(names.length);
});
