/** Makes a pipeline's parts: everything that was opened is closed again if a later part cannot be made. */
import { dirname } from 'node:path';
import type { PartContext } from '../contract/context.ts';
import type { DeadLetters } from '../contract/dead-letter.ts';
import type { Format } from '../contract/format.ts';
import type { Logger } from '../contract/log.ts';
import type {
  EngineServices,
  PipelineOptions,
  PipelineParts,
  RunLimits,
  Step,
} from '../contract/pipeline.ts';
import type { Prefilter } from '../contract/prefilter.ts';
import type { SourceContext, Start } from '../contract/source.ts';
import { createPrefilter } from '../support/lines/prefilter.ts';
import type { CheckedRecipe } from './checked.ts';
import type { RecipeParts } from './parts.ts';
import type { RunSettings } from './run-settings.ts';
import { ownKeys } from './source-keys.ts';

export interface BuildOrder {
  readonly parts: RecipeParts;
  readonly recipe: CheckedRecipe;
  readonly options: PipelineOptions;
  readonly limits: RunLimits;
  readonly start: Start;
  readonly settings: RunSettings;
  readonly log: Logger;
  readonly services: EngineServices;
}

export async function buildParts(order: BuildOrder): Promise<PipelineParts> {
  const opened: (() => Promise<void>)[] = [];
  try {
    return await make(order, opened);
  } catch (error) {
    for (const close of opened.reverse()) await close().catch(() => {});
    throw error;
  }
}

async function make(order: BuildOrder, opened: (() => Promise<void>)[]): Promise<PipelineParts> {
  const { parts, limits, settings, log, services, options } = order;
  const { openStore } = await import('../stores/embedded/index.ts');
  const store = await openStore({
    dir: settings.stateDir,
    pipeline: parts.name,
    log,
    readOnly: limits.dryRun,
    clock: settings.clock,
  });
  opened.push(() => store.close());
  const deadLetters = await lettersOf(order);
  opened.push(() => deadLetters.close());
  const context = (scope: string): PartContext => ({
    pipeline: parts.name,
    recipeDir: dirname(order.recipe.file),
    log,
    clock: settings.clock,
    store: store.scope(scope),
    datahub: parts.datahub,
    dryRun: limits.dryRun,
    report: services.report,
  });
  const format = parts.format.definition.create(parts.format.config as never);
  opened.push(async () => format.close?.());
  const steps: Step[] = [];
  for (const { label, definition, config } of parts.steps) {
    if (definition.remembers === true && parts.source.definition.shared === true) {
      log.warn(
        `${label} remembers what this process has done: of events that other processes read from the same ` +
          `${parts.source.type} source it knows nothing`,
      );
    }
    const transformer = await definition.create(config as never, context(`step:${label}`));
    opened.push(async () => transformer.close?.());
    steps.push({ label, transformer });
  }
  const action = await parts.action.definition.create(parts.action.config as never, context('action'));
  opened.push(() => action.close());
  const prefilter = prefilterOf(order, format, steps);
  const sourceContext: SourceContext = {
    ...context('source'),
    start: order.start,
    untilCaughtUp: limits.untilCaughtUp,
    ...(prefilter === undefined ? {} : { prefilter }),
    signal: services.signal,
    shutdownTimeoutMs: options.shutdownTimeoutMs,
    retryCount: options.retryCount,
    maxBatch: { events: options.maxInFlight, bytes: options.maxInFlightBytes },
    reach: services.reach,
    revoke: services.revoke,
  };
  const { definition, config, type } = parts.source;
  return {
    source: definition.create(ownKeys(definition, config) as never, sourceContext),
    sourceType: type,
    resumable: definition.resumable,
    ordered: definition.ordered,
    retries: definition.retries,
    format,
    steps,
    action,
    actionType: parts.action.type,
    deadLetters,
    release: () => store.close(),
  };
}

async function lettersOf({ parts, limits, log, settings }: BuildOrder): Promise<DeadLetters> {
  if (limits.dryRun) return NO_LETTERS;
  const { openDeadLetters } = await import('../stores/dead-letters/index.ts');
  const dir = parts.options.failed_events_dir;
  return openDeadLetters({ dir, pipeline: parts.name, log, clock: settings.clock });
}

/** `--dry-run` writes nothing. */
const NO_LETTERS: DeadLetters = {
  path: 'nowhere, since this is a dry run',
  append: async () => {},
  reopen: async () => {},
  close: async () => {},
};

/**
 * What the leading filters let be dropped unparsed. Only steps that are pure and have a pattern count: they
 * cannot throw. `--until` must see the time of every record.
 */
function prefilterOf(
  { parts, limits }: BuildOrder,
  format: Format,
  steps: readonly Step[],
): Prefilter | undefined {
  if (!parts.options.prefilter || limits.until !== undefined || format.literals === undefined)
    return undefined;
  const all = [];
  for (const { transformer } of steps) {
    if (transformer.pure !== true || transformer.pattern === undefined) break;
    const literals = format.literals(transformer.pattern);
    if (literals !== undefined) all.push(literals);
  }
  return all.length === 0 ? undefined : createPrefilter(all);
}
