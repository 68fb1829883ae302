import { isDeepStrictEqual } from 'node:util';
import type { PipelinePlan, RunLimits } from '../contract/pipeline.ts';
import type { Start, StartPoint } from '../contract/source.ts';
import { buildParts } from './build.ts';
import type { CheckedRecipe } from './checked.ts';
import { parseIdle, parseUntil, type RunFlags } from './flags.ts';
import { pipelineOptions } from './options.ts';
import type { RecipeParts } from './parts.ts';
import type { RunSettings } from './run-settings.ts';
import { parseStart } from './source-keys.ts';

const DAY_MS = 86_400_000;

/** A checked recipe as the engine runs it. Ages (`--since 7d`) count back from now, also after a restart. */
export function planOf(recipe: CheckedRecipe, settings: RunSettings): PipelinePlan {
  const { parts } = recipe;
  const now = settings.clock.now();
  const limits = limitsOf(parts, settings.flags, now);
  const options = pipelineOptions(parts.options);
  const log = settings.log.with({ pipeline: recipe.name });
  let last: RecipeParts | undefined;
  return {
    name: recipe.name,
    recipe: recipe.recipe,
    recipeHash: recipe.recipeHash,
    options,
    limits,
    clock: settings.clock,
    log,
    ...(settings.preview === undefined ? {} : { preview: settings.preview }),
    changed: async () => {
      const now = await recipe.again().catch(() => last);
      return !isDeepStrictEqual(now, last);
    },
    build: async (services, restart) => {
      // What was loaded is fresh the first time; later on a secret may have been changed.
      const current = last !== undefined || restart ? await recipe.again() : parts;
      last = current;
      const start = startOf(current, settings.flags, now, restart);
      return buildParts({ parts: current, recipe, options, limits, start, settings, log, services });
    },
  };
}

export function limitsOf(parts: RecipeParts, flags: RunFlags, now: number): RunLimits {
  return {
    idleTimeoutMs: idleTimeoutOf(parts, flags),
    maxEvents: flags.maxEvents,
    until: flags.until === undefined ? undefined : parseUntil(flags.until, now),
    untilCaughtUp: flags.untilCaughtUp ?? false,
    dryRun: flags.dryRun ?? false,
  };
}

function idleTimeoutOf({ source }: RecipeParts, flags: RunFlags): number | undefined {
  if (flags.idleTimeout !== undefined) return parseIdle(flags.idleTimeout);
  const { kill_after_idle_timeout: kill, idle_timeout_duration_seconds: seconds } = source.config;
  if (kill !== true) return undefined;
  return (typeof seconds === 'number' ? seconds : 30) * 1000;
}

/** Flags win over keys. On a restart nothing is ignored: what this process did so far is stored. */
export function startOf(parts: RecipeParts, flags: RunFlags, now: number, restart: boolean): Start {
  const { config, definition } = parts.source;
  const { start, lookback_days: days, reset_offsets: reset } = config;
  const asked = flags.since ?? (typeof start === 'string' ? start : undefined);
  const lookbackDays = flags.since === undefined && typeof days === 'number' ? days : undefined;
  const point =
    (asked === undefined ? undefined : parseStart(asked, now)) ??
    (lookbackDays === undefined
      ? undefined
      : ({ at: 'time', time: now - lookbackDays * DAY_MS } as StartPoint)) ??
    ({ at: definition.defaultStart } as StartPoint);
  const ignore = flags.since !== undefined || flags.resetOffsets === true || reset === true;
  return {
    point,
    ...(lookbackDays === undefined ? {} : { lookbackDays }),
    ignoreStored: ignore && !restart,
  };
}
