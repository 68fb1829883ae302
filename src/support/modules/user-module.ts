import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AnyDefinition, defineAction, defineFormat, defineTransformer } from '../../contract/define.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import type { Format } from '../../contract/format.ts';
import { offerOwnPackage } from './own-package.ts';
import { guardAction } from './user-action.ts';
import { isUserObject, UserCode } from './user-code.ts';
import { guardFormat } from './user-format.ts';
import { guardSource } from './user-source.ts';
import { guardTransformer } from './user-transformer.ts';

/*
 * Modules of the user's: `type: ./notify.mjs`. What they define runs behind a guard that gives it its own copy of
 * each event, checks what it returns, and turns what it throws into a sentence with its file and line.
 */

type Kind = AnyDefinition['kind'];
type UserFunction = (...args: readonly unknown[]) => unknown;

const SCHEMA = { type: 'object', properties: {}, additionalProperties: true } as const;

/**
 * Loads `path` (absolute) and gives its default export as a definition of `kind`: made by `defineSource` and its
 * like, or a plain function, which gets `(event, attempt)` as an action, `(event)` as a transformer and `(record)`
 * as a format. Throws EvrunError EVR_RECIPE with file and line.
 */
export async function loadUserModule(path: string, kind: Kind): Promise<AnyDefinition> {
  const code = new UserCode(path);
  const exported = await importDefault(path, code);
  if (typeof exported === 'function') return fromFunction(exported as UserFunction, kind, code);
  if (!isUserObject(exported) || typeof exported['kind'] !== 'string') {
    throw mistake(
      path,
      `its default export is ${exported === undefined ? 'missing' : 'neither a definition nor a function'}`,
      kind,
    );
  }
  if (exported['kind'] !== kind) {
    throw new EvrunError(
      'EVR_RECIPE',
      `${path} defines ${exported['kind'] === 'action' ? 'an' : 'a'} ${exported['kind']}, but stands where ${kind === 'action' ? 'an' : 'a'} ${kind} is expected`,
    );
  }
  if (typeof exported['create'] !== 'function') throw mistake(path, 'its definition has no `create`', kind);
  return guarded(withDefaults(exported, path) as unknown as AnyDefinition, code);
}

async function importDefault(path: string, code: UserCode): Promise<unknown> {
  if (!existsSync(path)) throw new EvrunError('EVR_RECIPE', `there is no module ${path}`);
  try {
    offerOwnPackage(path);
    const url = pathToFileURL(path).href;
    const module: { readonly default?: unknown } = await import(/* @vite-ignore */ url);
    return module.default;
  } catch (error) {
    throw code.cannotLoad(error);
  }
}

function guarded(definition: AnyDefinition, code: UserCode): AnyDefinition {
  const create = definition.create as UserFunction;
  const made = (config: unknown, ctx: unknown) =>
    code.run('EVR_RECIPE', () => create.call(definition, config, ctx));
  const guard = GUARDS[definition.kind] as (part: never, code: UserCode) => unknown;
  // A source and a format are made synchronously, the others may be promised.
  const wrap = (part: unknown): unknown => {
    if (isUserObject(part)) return guard(part as never, code);
    throw new EvrunError(
      'EVR_RECIPE',
      `${code.path}: \`create\` returned ${typeof part}, expected the ${definition.kind}`,
    );
  };
  return {
    ...definition,
    create: (config: unknown, ctx: unknown) => {
      const part = made(config, ctx);
      if (!(part instanceof Promise)) return wrap(part);
      if (definition.kind === 'source' || definition.kind === 'format') return wrap(undefined);
      return part.then(wrap);
    },
  } as unknown as AnyDefinition;
}

const GUARDS = {
  source: guardSource,
  format: guardFormat,
  transformer: guardTransformer,
  action: guardAction,
} as const;

function fromFunction(run: UserFunction, kind: Kind, code: UserCode): AnyDefinition {
  const about = { name: basename(code.path), summary: `the module ${code.path}`, schema: SCHEMA };
  const guarantee = 'An event counts as done once the function returned, and what it returned was fulfilled.';
  switch (kind) {
    case 'action': {
      const part = { act: (event: Event, attempt: unknown) => run(event, attempt), async close() {} };
      return guarded(defineAction({ ...about, guarantee, create: () => part }), code);
    }
    case 'transformer':
      return guarded(defineTransformer({ ...about, create: () => ({ transform: run as never }) }), code);
    case 'format':
      return guarded(defineFormat({ ...about, create: () => ({ decode: run as Format['decode'] }) }), code);
    case 'source':
      throw mistake(code.path, 'its default export is a function, which cannot be a source', kind);
  }
}

/** What a definition may leave out, since its author writes JavaScript and nobody told. */
function withDefaults(definition: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
  return {
    name: basename(path),
    summary: `the module ${path}`,
    schema: SCHEMA,
    guarantee: 'Not stated.',
    ...(definition['kind'] === 'source' && {
      defaultFormat: 'json',
      defaultStart: 'earliest',
      ordered: true,
      resumable: true,
      retries: 'engine',
    }),
    ...definition,
  };
}

function mistake(path: string, what: string, kind: Kind): EvrunError {
  const define = `define${kind[0]?.toUpperCase()}${kind.slice(1)}`;
  const orFunction = kind === 'source' ? '' : ', or a plain function';
  return new EvrunError(
    'EVR_RECIPE',
    `${path}: ${what}. Expected \`export default ${define}({ … })\`${orFunction}`,
  );
}
