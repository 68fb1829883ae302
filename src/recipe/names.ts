import { normalizedName } from '../support/files/names.ts';
import type { Found } from './checked.ts';
import { type Problem, problemAt } from './problem.ts';

/**
 * Recipes whose name is their own, and a problem for each other one: two pipelines of one name would share
 * state and dead letters. Names are compared as their folders are named.
 */
export function takenNames(found: readonly Found[]): {
  free: readonly Found[];
  problems: readonly Problem[];
} {
  const first = new Map<string, Found>();
  const problems: Problem[] = [];
  const free = found.filter((one) => {
    const { name } = one.recipe;
    const folder = normalizedName(name);
    const other = first.get(folder);
    if (other === undefined) {
      first.set(folder, one);
      return true;
    }
    const same =
      other.recipe.name === name ? '' : ` as "${other.recipe.name}", since both are filed under ${folder},`;
    const message = `the name "${name}" is taken${same} by ${other.recipe.recipe}`;
    const draft = { path: ['name'], message, fix: 'Give each recipe a name of its own.' };
    problems.push(problemAt(draft, one.text, one.tree));
    return false;
  });
  return { free, problems };
}
