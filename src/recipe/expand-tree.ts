import { EvrunError } from '../contract/errors.ts';
import { expandText, type Surroundings, UnboundVariable } from './expand.ts';
import type { Draft } from './problem.ts';
import type { Path, Tree } from './tree.ts';

export interface Expanded {
  readonly value: unknown;
  /** Texts in which a variable was filled in, as they were written: `pathKey(path)` → `${PORT}`. */
  readonly written: ReadonlyMap<string, string>;
  readonly problems: readonly Draft[];
}

/** All texts of a recipe together. A recipe is a page, not a data set. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** The recipe's plain value with the variables of its texts filled in, in the order of the text. */
export function expandTree(tree: Tree, around: Surroundings): Expanded {
  const written = new Map<string, string>();
  const problems: Draft[] = [];
  let characters = 0;

  const text = (value: string, path: Path): string => {
    if (characters > MOST_CHARACTERS) return '';
    try {
      const expanded = expandText(value, around);
      if (expanded !== value) {
        written.set(pathKey(path), value);
        characters += expanded.length;
      }
      if (characters <= MOST_CHARACTERS) return expanded;
      throw new EvrunError('EVR_RECIPE', 'variables make this recipe grow beyond 16 MiB');
    } catch (error) {
      if (!(error instanceof EvrunError)) throw error;
      problems.push({ path, message: error.message, ...fixFor(error) });
      return '';
    }
  };

  const walk = (node: Tree, path: Path): unknown => {
    if (node.kind === 'scalar') return typeof node.value === 'string' ? text(node.value, path) : node.value;
    if (node.kind === 'list') return node.items.map((item, index) => walk(item, [...path, index]));
    const map: Record<string, unknown> = {};
    for (const [key, entry] of node.entries) map[key] = walk(entry.node, [...path, key]);
    return map;
  };

  return { value: walk(tree, []), written, problems };
}

export function pathKey(path: Path): string {
  return JSON.stringify(path);
}

function fixFor(error: EvrunError): { fix?: string } {
  if (!(error instanceof UnboundVariable)) return {};
  return { fix: `Set it, or give a default: \${${error.variable}:-text}.` };
}
