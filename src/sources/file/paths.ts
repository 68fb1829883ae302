import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isPattern, matchesPattern, matchingPaths } from './glob.ts';

/** Every path that `given` names, in order, each once. A file whose name looks like a pattern is taken literally. */
export async function allPaths(given: readonly string[]): Promise<{ paths: string[]; unmatched: string[] }> {
  const paths = new Set<string>();
  const unmatched: string[] = [];
  for (const one of given) {
    if (!isPattern(one) || (await exists(one))) paths.add(one);
    else {
      const matching = await matchingPaths(one);
      if (matching.length === 0) unmatched.push(one);
      for (const path of matching) paths.add(path);
    }
  }
  return { paths: [...paths], unmatched };
}

/** Whether `given` names the file at `path`, be it there or not. */
export function namesPath(given: string | readonly string[], path: string): boolean {
  const all = typeof given === 'string' ? [given] : given;
  return all.some((one) => resolve(one) === resolve(path) || (isPattern(one) && matchesPattern(one, path)));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
