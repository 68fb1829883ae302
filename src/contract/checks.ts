import type { ConfigProblem, RecipePlace } from './define.ts';

/** Thrown when a check reads an option that its schema has something against. Never seen by whoever writes a check. */
export class UnsoundOption extends Error {}

/**
 * One check out of several. A recipe's problems are told all at once: where the schema has something against an
 * option, a check ends as it reads that option, and the others still say what they find.
 */
export function checks<C>(
  ...each: readonly ((config: C, place: RecipePlace) => readonly ConfigProblem[])[]
): (config: C, place: RecipePlace) => readonly ConfigProblem[] {
  return (config, place) => each.flatMap((check) => orNothing(() => check(config, place)));
}

function orNothing(run: () => readonly ConfigProblem[]): readonly ConfigProblem[] {
  try {
    return run();
  } catch (error) {
    if (error instanceof UnsoundOption) return [];
    throw error;
  }
}
