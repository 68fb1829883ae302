import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ActionDefinition, SourceDefinition } from '../../contract/define.ts';
import { EvrunError } from '../../contract/errors.ts';
import { connectorNames, loadConnector } from '../../registry.ts';
import { fileProblem } from '../../support/files/fs-errors.ts';
import { nearest } from '../../support/nearest.ts';
import type { Host } from '../host.ts';
import { newRecipeText } from '../new-recipe.ts';

export interface InitFlags {
  readonly source?: string;
  readonly action?: string;
  readonly name?: string;
  readonly output?: string;
  readonly force?: boolean;
}

/** `evrun init`: a commented recipe, to a file or to stdout. What is not given is asked for at a terminal. */
export async function init(flags: InitFlags, host: Host): Promise<number> {
  const asked = flags.source === undefined || flags.action === undefined;
  if (asked && !(host.inIsTerminal && host.errIsTerminal)) {
    throw new EvrunError(
      'EVR_USAGE',
      'init: expected --source and --action, e.g. `evrun init --source file --action http`. ' +
        '`evrun connectors` lists them.',
    );
  }
  if (flags.output !== undefined) refuseOverwriting(flags.output, flags.force === true);
  const source = await choose('source', flags.source, 'file', host);
  const action = await choose('action', flags.action, 'http', host);
  const output =
    flags.output ??
    (asked ? await answer(host, 'write it to which file? [recipe.yml] ', 'recipe.yml') : undefined);

  const text = newRecipeText({
    name: flags.name ?? `${source.name}-to-${action.name}`,
    source: source as SourceDefinition,
    action: action as ActionDefinition,
    schemaPath: schemaPath(output),
    file: output ?? 'recipe.yml',
  });
  if (output === undefined) {
    host.out(text);
    return 0;
  }
  await write(output, text, flags.force === true);
  host.err(`wrote ${output}\nnext: evrun check ${output}\nthen: evrun ${output} --dry-run\n`);
  return 0;
}

async function choose(kind: 'source' | 'action', given: string | undefined, standard: string, host: Host) {
  const names = connectorNames(kind);
  let wanted = given ?? (await answer(host, `${kind} (${names.join(', ')}) [${standard}] `, standard));
  for (;;) {
    const definition = await loadConnector(kind, wanted);
    if (definition !== undefined) return definition;
    const meant = nearest(wanted, names);
    const advice = meant === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${meant}?`;
    const sentence = `there is no ${kind} "${wanted}". ${advice}`;
    if (given !== undefined) throw new EvrunError('EVR_USAGE', sentence);
    host.err(`${sentence}\n`);
    wanted = await answer(host, `${kind} [${standard}] `, standard);
  }
}

/** An empty answer is the standard one; the end of input is none. */
async function answer(host: Host, question: string, standard: string): Promise<string> {
  const text = await host.ask(question);
  if (text === undefined) throw new EvrunError('EVR_USAGE', 'init: no answer, so nothing was written.');
  return text.trim() || standard;
}

function refuseOverwriting(path: string, force: boolean): void {
  if (force || !existsSync(path)) return;
  throw new EvrunError(
    'EVR_USAGE',
    `init: ${path} exists already. Choose another file, or add --force to overwrite it.`,
  );
}

async function write(path: string, text: string, force: boolean): Promise<void> {
  if (!existsSync(dirname(path))) {
    throw new EvrunError(
      'EVR_USAGE',
      `init: the folder ${dirname(path)} does not exist. Make it, or choose another.`,
    );
  }
  refuseOverwriting(path, force);
  try {
    await writeFile(path, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    throw new EvrunError('EVR_USAGE', `init: cannot write ${path}: ${fileProblem(cause)}.`, { cause });
  }
}

/** Where editors find the schema of this installation, seen from the recipe. */
function schemaPath(output: string | undefined): string {
  const schema = fileURLToPath(new URL('../../../schema/recipe.schema.json', import.meta.url));
  const path = relative(dirname(resolve(output ?? 'recipe.yml')), schema).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}
