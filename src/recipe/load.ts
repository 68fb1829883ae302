/**
 * Reads recipe files and says everything that is wrong with them at once: `check` and `run` come here both, so
 * that what passes the one starts under the other. One broken recipe does not take the others with it, unless
 * `strict`.
 */

import { EvrunError } from '../contract/errors.ts';
import { identityHash } from '../contract/identity.ts';
import { againFrom, type CheckedRecipe, type Found, isOff, surroundings } from './checked.ts';
import { type ParsedDocument, parseDocuments } from './document.ts';
import { expandTree, pathKey } from './expand-tree.ts';
import { checkFlags, checkFlagValues, type RunFlags } from './flags.ts';
import { takenNames } from './names.ts';
import { checkParts } from './parts.ts';
import { type Draft, type Problem, problemAt, problemOf } from './problem.ts';
import { readSmallFile } from './read-file.ts';
import { RecipeText } from './recipe-text.ts';
import { soleReaders } from './sole-sources.ts';
import { nodeAt, type Tree } from './tree.ts';

export interface LoadSettings {
  readonly files: readonly string[];
  readonly flags: RunFlags;
  /** Every warning is an error, and one error refuses all recipes. */
  readonly strict: boolean;
  /** Default: the process's. Never changed: what `:=` writes is seen by this load only. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface LoadedRecipes {
  /** Those without errors, in the order given. */
  readonly recipes: readonly CheckedRecipe[];
  readonly problems: readonly Problem[];
  /** Recipes that say `enabled: false`. */
  readonly disabled: readonly { readonly name: string; readonly file: string }[];
  /** Recipes that were found in the files, disabled ones included. */
  readonly documents: number;
}

/** Never rejects for anything that a file, a flag or the environment holds. */
export async function loadRecipes(settings: LoadSettings): Promise<LoadedRecipes> {
  const env = new Map<string, string>();
  for (const [name, value] of Object.entries(settings.env ?? process.env)) {
    if (value !== undefined) env.set(name, value);
  }
  const load = new Load(settings.flags, env);
  const wrongFlags = checkFlagValues(settings.flags);
  load.problems.push(...wrongFlags);
  for (const file of settings.files) await load.file(file);
  const taken = takenNames(load.found);
  const sole = soleReaders(taken.free);
  load.problems.push(...taken.problems, ...sole.problems);
  const problems = load.problems.map((problem) =>
    settings.strict && problem.severity === 'warning' ? { ...problem, severity: 'error' as const } : problem,
  );
  const refused = settings.strict && problems.some((problem) => problem.severity === 'error');
  return {
    recipes: refused || wrongFlags.length > 0 ? [] : sole.free.map((found) => found.recipe),
    problems,
    disabled: load.disabled,
    documents: load.documents,
  };
}

/** More would bury the first ones. */
const MOST_PROBLEMS = 50;

class Load {
  readonly problems: Problem[] = [];
  readonly found: Found[] = [];
  readonly disabled: { name: string; file: string }[] = [];
  documents = 0;
  private readonly flags: RunFlags;
  private readonly env: Map<string, string>;

  constructor(flags: RunFlags, env: Map<string, string>) {
    this.flags = flags;
    this.env = env;
  }

  async file(file: string): Promise<void> {
    let text: string;
    try {
      if (/\.toml$/i.test(file)) {
        throw new EvrunError(
          'EVR_RECIPE',
          `recipe ${file} is TOML, expected YAML or JSON. Write it as YAML.`,
        );
      }
      text = readSmallFile(file, 'recipe');
    } catch (error) {
      if (!(error instanceof EvrunError)) throw error;
      this.documents++;
      this.problems.push(problemOf(file, error.message));
      return;
    }
    const documents = parseDocuments(text, /\.json$/i.test(file) ? 'json' : 'yaml');
    this.documents += Math.max(1, documents.length);
    if (documents.length === 0) {
      const message = 'the recipe is empty, expected the keys name, source and action';
      this.problems.push(problemOf(file, message));
    }
    const whole = new RecipeText(file, text);
    for (const [index, document] of documents.entries()) {
      const recipe = documents.length === 1 ? file : `${file}#${index + 1}`;
      await this.document(document, whole, recipe);
    }
  }

  private async document(document: ParsedDocument, text: RecipeText, recipe: string): Promise<void> {
    const { tree, faults, place } = document;
    if (tree === undefined || faults.length > 0) {
      for (const { place: at, ...said } of faults) {
        this.problems.push({ severity: 'error', ...text.where(at), path: '', code: 'EVR_RECIPE', ...said });
      }
      return;
    }
    if (this.isDisabled(tree)) return this.skip(tree, recipe, text.file);
    const expanded = expandTree(tree, surroundings(this.env));
    if (isMapWith(expanded.value, 'enabled') && isOff(expanded.value['enabled'])) {
      return this.skip(tree, recipe, text.file);
    }
    const found: Draft[] = [...dates(tree, [])];
    const dryRun = this.flags.dryRun === true;
    const parts = await checkParts(expanded, { file: text.file, dryRun }, found);
    // What a missing variable leaves behind is empty: that is no news.
    const lost = new Set(expanded.problems.map(({ path }) => pathKey(path)));
    const drafts = [...expanded.problems, ...found.filter(({ path }) => !lost.has(pathKey(path)))];
    const problems = shown(drafts)
      .map((draft) => problemAt(draft, text, tree))
      .sort((a, b) => a.line - b.line || a.column - b.column);
    if (parts !== undefined) problems.push(...checkFlags(parts.source.definition, recipe, this.flags));
    this.problems.push(...problems);
    if (parts === undefined || problems.some((problem) => problem.severity === 'error')) return;
    this.found.push({
      text,
      tree,
      recipe: {
        name: parts.name,
        file: text.file,
        recipe,
        recipeHash: identityHash(text.text.slice(place.start, place.end)),
        sourceType: parts.source.type,
        stepLabels: parts.steps.map((step) => step.label),
        actionType: parts.action.type,
        parts,
        again: againFrom(tree, text, this.env, dryRun),
      },
    });
  }

  /** Asked before anything else is expanded: a disabled recipe may lack all of its variables. */
  private isDisabled(tree: Tree): boolean {
    const enabled = nodeAt(tree, ['enabled']);
    if (enabled === undefined) return false;
    const { value, problems } = expandTree(enabled, surroundings(new Map(this.env)));
    return problems.length === 0 && isOff(value);
  }

  private skip(tree: Tree, recipe: string, file: string): void {
    const name = nodeAt(tree, ['name']);
    const known = name?.kind === 'scalar' && typeof name.value === 'string' ? name.value : recipe;
    this.disabled.push({ name: known, file });
  }
}

/** PyYAML makes dates of these, and only `start` takes one. */
function dates(tree: Tree, path: readonly (string | number)[]): Draft[] {
  if (tree.kind === 'list') return tree.items.flatMap((item, index) => dates(item, [...path, index]));
  if (tree.kind === 'map') {
    return [...tree.entries].flatMap(([key, entry]) => dates(entry.node, [...path, key]));
  }
  if (tree.date !== true || path.join('.') === 'source.config.start') return [];
  const fix = `Put it in quotes if it is a text: "${tree.value}".`;
  return [{ path, message: 'YAML reads this as a date, which no key takes', fix }];
}

/** Errors first to be kept, in the order of the checks, each once. */
function shown(drafts: readonly Draft[]): readonly Draft[] {
  const seen = new Set<string>();
  const once = drafts.filter((draft) => {
    const key = JSON.stringify([draft.path, draft.message]);
    return !seen.has(key) && seen.add(key);
  });
  if (once.length <= MOST_PROBLEMS) return once;
  const more = once.length - MOST_PROBLEMS;
  return [...once.slice(0, MOST_PROBLEMS), { path: [], message: `and ${more} more problems` }];
}

function isMapWith<K extends string>(value: unknown, key: K): value is Record<K, unknown> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}
