import type { AnyDefinition } from '../../contract/define.ts';
import { EvrunError } from '../../contract/errors.ts';
import { possibleKeys } from '../../recipe/source-keys.ts';
import { connectorNames, type Kind, loadConnector } from '../../registry.ts';
import { nearest } from '../../support/nearest.ts';
import type { Host } from '../host.ts';
import { optionLines } from '../option-text.ts';
import { refusalLines } from '../refusal-text.ts';

const KINDS: readonly Kind[] = ['source', 'format', 'transformer', 'action'];

/** `evrun connectors`: all of them by kind, or everything about those of one name. */
export async function connectors(name: string | undefined, json: boolean, host: Host): Promise<number> {
  const found = name === undefined ? await load(() => true) : await named(name);
  if (json) host.out(`${JSON.stringify(found.map(asJson), null, 2)}\n`);
  else host.out(name === undefined ? listText(found) : found.map(detailText).join('\n'));
  return 0;
}

async function named(name: string): Promise<readonly AnyDefinition[]> {
  const found = await load((each) => each === name);
  if (found.length > 0) return found;
  const meant = nearest(
    name,
    KINDS.flatMap((kind) => connectorNames(kind)),
  );
  const advice = meant === undefined ? '' : `Did you mean ${meant}? `;
  throw new EvrunError(
    'EVR_USAGE',
    `there is no connector "${name}". ${advice}\`evrun connectors\` lists them all.`,
  );
}

async function load(wanted: (name: string) => boolean): Promise<readonly AnyDefinition[]> {
  const found = await Promise.all(
    KINDS.flatMap((kind) =>
      connectorNames(kind)
        .filter(wanted)
        .map((name) => loadConnector(kind, name)),
    ),
  );
  return found.filter((definition) => definition !== undefined);
}

function listText(found: readonly AnyDefinition[]): string {
  const width = Math.max(...found.map(({ name }) => name.length));
  const groups = KINDS.map((kind) => {
    const lines = found
      .filter((definition) => definition.kind === kind)
      .map((definition) => `  ${definition.name.padEnd(width)}  ${definition.summary}`);
    return `${kind}s\n${lines.join('\n')}\n`;
  });
  return `${groups.join('\n')}\nOptions of one: evrun connectors ${found[0]?.name ?? 'file'}\n`;
}

function detailText(definition: AnyDefinition): string {
  const lines = [`${definition.name} (${definition.kind})`, `  ${definition.summary}`];
  if ('guarantee' in definition) lines.push(`  ${definition.guarantee}`);
  if (definition.kind === 'transformer' && definition.filter) lines.push('  May also stand under filters:.');
  if (definition.kind === 'source') {
    lines.push(
      `  Reads the format ${definition.defaultFormat} unless told otherwise, and begins at ${definition.defaultStart}.`,
      ...refusalLines(definition).map((line) => `  ${line}`),
    );
  }
  const options = optionLines(definition.schema);
  lines.push(options.length === 0 ? 'no options' : 'options', ...options);
  if (definition.kind === 'source') {
    const own = definition.schema.properties;
    const common = Object.entries(possibleKeys(definition)).filter(([key]) => !Object.hasOwn(own, key));
    lines.push(
      'options of every source',
      ...optionLines({ type: 'object', properties: Object.fromEntries(common) }),
    );
  }
  return `${lines.join('\n')}\n`;
}

function asJson(definition: AnyDefinition): object {
  const { kind, name, summary, schema } = definition;
  return 'guarantee' in definition
    ? { kind, name, summary, guarantee: definition.guarantee, schema }
    : { kind, name, summary, schema };
}
