import { EvrunError } from '../contract/errors.ts';
import { addSecret } from '../support/logging/redact.ts';
import { readBoolean } from '../support/schema/schema-coerce.ts';
import type { Surroundings } from './expand.ts';
import { expandTree } from './expand-tree.ts';
import { checkParts, type RecipeParts } from './parts.ts';
import { type Draft, type Problem, problemAt } from './problem.ts';
import { readSmallFile } from './read-file.ts';
import type { RecipeText } from './recipe-text.ts';
import { sentence } from './render.ts';
import type { Tree } from './tree.ts';

/** A recipe that can run. */
export interface CheckedRecipe {
  readonly name: string;
  /** The file as it was given. */
  readonly file: string;
  /** `recipes/tags.yml`, or `recipes/all.yml#2` for the second of several documents. */
  readonly recipe: string;
  /** Hash of the document's text. */
  readonly recipeHash: string;
  readonly sourceType: string;
  readonly stepLabels: readonly string[];
  readonly actionType: string;
  readonly parts: RecipeParts;
  /** The parts with variables expanded and secret files read anew. Throws EvrunError where that fails. */
  readonly again: () => Promise<RecipeParts>;
}

/** A good recipe, and where its name stands. */
export interface Found {
  readonly recipe: CheckedRecipe;
  readonly text: RecipeText;
  readonly tree: Tree;
}

/** Whether the recipe says that it is not to run, as DataHub reads it and in any letter case. */
export function isOff(enabled: unknown): boolean {
  return readBoolean(enabled) === false;
}

export function surroundings(env: Map<string, string>): Surroundings {
  return { env, pid: process.pid, readFile: readSecret };
}

/** A file's content without the newline that editors and `echo` put at its end. Never shown from now on. */
function readSecret(path: string): string {
  const secret = readSmallFile(path, 'secret file').replace(/\r?\n$/, '');
  addSecret(secret);
  return secret;
}

export function againFrom(
  tree: Tree,
  text: RecipeText,
  env: Map<string, string>,
  dryRun: boolean,
): () => Promise<RecipeParts> {
  return async () => {
    const drafts: Draft[] = [];
    const expanded = expandTree(tree, surroundings(env));
    drafts.push(...expanded.problems);
    const parts = await checkParts(expanded, { file: text.file, dryRun }, drafts);
    const errors = drafts.filter((draft) => draft.severity !== 'warning');
    if (parts !== undefined && errors.length === 0) return parts;
    const [first] = errors.map((draft): Problem => problemAt(draft, text, tree));
    const where =
      first === undefined ? text.file : `${first.file}:${first.line}:${first.column} ${first.path}`;
    throw new EvrunError('EVR_RECIPE', `${where}: ${first === undefined ? 'not usable' : sentence(first)}`);
  };
}
