import { dirname, isAbsolute, resolve } from 'node:path';
import type {
  ActionDefinition,
  AnyDefinition,
  FormatDefinition,
  SourceDefinition,
  TransformerDefinition,
} from '../contract/define.ts';
import { EvrunError, messageOf } from '../contract/errors.ts';
import { connectorNames, type Kind, loadConnector } from '../registry.ts';
import { nearest } from '../support/nearest.ts';
import { adviceFor } from './foreign.ts';
import type { Draft } from './problem.ts';
import type { Path } from './tree.ts';

interface Definitions {
  source: SourceDefinition;
  format: FormatDefinition;
  transformer: TransformerDefinition;
  action: ActionDefinition;
}

/** DataHub's name of a transformer that has another one here. */
const SYNONYMS: Readonly<Record<string, string>> = { __filter: 'filter' };

/**
 * What a `type:` stands for: a connector of the registry, or a module of the user's, whose path is relative to
 * the recipe. Undefined, and a problem at `path`, where it is neither.
 */
export async function resolveType<K extends Kind>(
  kind: K,
  type: string,
  recipeFile: string,
  path: Path,
  problems: Draft[],
): Promise<Definitions[K] | undefined> {
  try {
    const found = isModule(type)
      ? await userModule(kind, isAbsolute(type) ? type : resolve(dirname(recipeFile), type))
      : await loadConnector(kind, kind === 'transformer' ? (SYNONYMS[type] ?? type) : type);
    if (found !== undefined) return found as Definitions[K];
    problems.push({ path, ...unknownType(kind, type) });
  } catch (error) {
    if (!(error instanceof EvrunError)) throw error;
    problems.push({ path, message: messageOf(error) });
  }
  return undefined;
}

/** `./notify.mjs`, `../lib/x.js`, `/opt/x.mjs`, `notify.mjs`. */
function isModule(type: string): boolean {
  return /^(?:\.{0,2}\/)|\.m?js$/.test(type);
}

async function userModule(kind: Kind, path: string): Promise<AnyDefinition> {
  const { loadUserModule } = await import('../support/modules/user-module.ts');
  return loadUserModule(path, kind);
}

function unknownType(kind: Kind, type: string): Omit<Draft, 'path'> {
  const names = connectorNames(kind);
  const advice = adviceFor(kind, type);
  if (advice !== undefined) return advice;
  const expected = `one of ${names.join(', ')}`;
  const others = (['source', 'transformer', 'action', 'format'] as const).filter((other) => other !== kind);
  const other = others.find((one) => connectorNames(one).includes(type));
  const didYouMean = nearest(type, names);
  const called = kind === 'action' ? 'an action' : `a ${kind}`;
  const message = `"${type}" is not ${called}${other === undefined ? '' : ` but a ${other}`}`;
  if (didYouMean !== undefined) return { message, expected, found: type, didYouMean };
  return {
    message: `${message}, expected ${expected}, or a module: ./my-${kind}.mjs`,
    expected,
    found: type,
  };
}
