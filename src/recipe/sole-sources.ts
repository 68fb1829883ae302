import type { Found } from './checked.ts';
import { type Problem, problemAt } from './problem.ts';

/**
 * Recipes that share no source which only one pipeline can read, and a problem for each other one: two pipelines that
 * read standard input would each get pieces of it, torn inside lines.
 */
export function soleReaders(found: readonly Found[]): {
  free: readonly Found[];
  problems: readonly Problem[];
} {
  const first = new Map<string, Found>();
  const problems: Problem[] = [];
  const free = found.filter((one) => {
    const { sole } = one.recipe.parts.source.definition;
    const other = sole === undefined ? undefined : first.get(sole);
    if (sole === undefined || other === undefined) {
      if (sole !== undefined) first.set(sole, one);
      return true;
    }
    const message =
      `${sole} is read by ${other.recipe.name} (${other.recipe.recipe}) already: ` +
      `beside it, ${one.recipe.name} (${one.recipe.recipe}) would get pieces of lines`;
    const fix = 'Run each in a process of its own.';
    problems.push(problemAt({ path: ['source', 'type'], message, fix }, one.text, one.tree));
    return false;
  });
  return { free, problems };
}
