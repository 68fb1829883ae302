import { loadRecipes } from '../../recipe/index.ts';
import type { Host } from '../host.ts';
import { errorsOf, exitCodeOf, problemsText, tally } from '../problems.ts';

/** `evrun check`: everything that is wrong, by the loader that `run` uses. Exit code 4 if anything is. */
export async function check(
  files: readonly string[],
  { json, strict }: { json: boolean; strict: boolean },
  host: Host,
): Promise<number> {
  const { recipes, problems, disabled } = await loadRecipes({ files, flags: {}, strict, env: host.env });
  const ok = errorsOf(problems).length === 0;
  if (json) {
    const found = recipes.map(({ name, recipe, sourceType, stepLabels, actionType }) => {
      return { name, recipe, source: sourceType, steps: stepLabels, action: actionType };
    });
    host.out(`${JSON.stringify({ ok, recipes: found, disabled, problems }, null, 2)}\n`);
  } else {
    host.err(problemsText(problems, host.color));
    for (const { name, recipe, sourceType, stepLabels, actionType } of recipes) {
      const route = [sourceType, ...stepLabels, actionType].join(' → ');
      host.out(`${recipe}: ok (name: ${name}, ${route})\n`);
    }
    for (const { name, file } of disabled) host.out(`${file}: not enabled, not checked (name: ${name})\n`);
    if (problems.length > 0) host.err(`${tally(problems)}\n`);
  }
  return ok ? 0 : exitCodeOf(problems);
}
