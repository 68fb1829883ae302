import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/contract/clock.ts';
import type { PartContext } from '../../src/contract/context.ts';
import type { AnyDefinition } from '../../src/contract/define.ts';
import type {
  ActionHarness,
  FormatHarness,
  SourceHarness,
  TransformerHarness,
} from '../../src/contract/harness.ts';
import type { OwnedStore } from '../../src/contract/store.ts';
import { connectorNames, type Kind, loadConnector } from '../../src/registry.ts';
import { openStore } from '../../src/stores/embedded/index.ts';
import { silentLogger } from '../../src/support/logging/log-silent.ts';
import { compileSchema } from '../../src/support/schema/json-schema.ts';

const FOLDERS: Record<Kind, string> = {
  source: 'sources',
  format: 'formats',
  transformer: 'transformers',
  action: 'actions',
};

export interface Connector<D, H> {
  readonly name: string;
  readonly definition: D;
  readonly harness: H;
}

type HarnessOf<K extends Kind> = K extends 'source'
  ? SourceHarness
  : K extends 'format'
    ? FormatHarness
    : K extends 'transformer'
      ? TransformerHarness
      : ActionHarness;

/** Every registered connector of a kind with its harness; a missing harness throws: a red test. */
export async function connectors<K extends Kind>(
  kind: K,
): Promise<Connector<Extract<AnyDefinition, { kind: K }>, HarnessOf<K>>[]> {
  const all = [];
  for (const name of connectorNames(kind)) {
    const definition = (await loadConnector(kind, name)) as Extract<AnyDefinition, { kind: K }>;
    const module = (await import(`../../src/${FOLDERS[kind]}/${name}/harness.ts`)) as {
      harness: HarnessOf<K>;
    };
    all.push({ name, definition, harness: module.harness });
  }
  return all;
}

/** A config as the recipe loader hands it over: checked, coerced, defaults filled in. */
export function checked(definition: AnyDefinition, config: Readonly<Record<string, unknown>>) {
  // `format` is one of the keys that every source has; the recipe loader takes it out.
  const { format: _, ...withoutFormat } = config;
  const { value: filled, problems } = compileSchema(definition.schema)(
    definition.kind === 'source' ? withoutFormat : config,
  );
  const own = definition.check?.(filled as never, { recipeDir: '.' }) ?? [];
  const wrong = [...problems, ...own].filter((problem) => problem.severity !== 'warning');
  if (wrong.length > 0)
    throw new Error(`${definition.name}: ${wrong.map(({ message }) => message).join('; ')}`);
  return filled;
}

export interface Home {
  readonly dir: string;
  openStore(): Promise<OwnedStore>;
  remove(): Promise<void>;
}

export async function temporaryHome(): Promise<Home> {
  const dir = await mkdtemp(join(tmpdir(), 'evrun-suite-'));
  return {
    dir,
    openStore: () => openStore({ dir: join(dir, 'state'), pipeline: 'suite', log: silentLogger }),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

export function partContext(store: OwnedStore, part: string): PartContext {
  return {
    pipeline: 'suite',
    recipeDir: process.cwd(),
    log: silentLogger,
    clock: systemClock,
    store: store.scope(part),
    dryRun: false,
    report: { unreachable: () => undefined, reachable: () => undefined },
  };
}
