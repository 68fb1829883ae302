import { existsSync } from 'node:fs';
import { adminAddress } from '../../admin/address.ts';
import { systemClock } from '../../contract/clock.ts';
import { EvrunError } from '../../contract/errors.ts';
import { type LoadedRecipes, loadRecipes, planOf, type RunFlags } from '../../recipe/index.ts';
import { createLogger, type FlushingLogger } from '../../support/logging/log.ts';
import { addSecret } from '../../support/logging/redact.ts';
import { nearest } from '../../support/nearest.ts';
import { agreed } from '../agreement.ts';
import { commandHint } from '../hints.ts';
import type { Host } from '../host.ts';
import { errorsOf, exitCodeOf, logProblems, problemsText, tally } from '../problems.ts';
import { createProgress } from '../progress.ts';
import type { RunCommandFlags } from '../run-flags.ts';
import { type Running, runPlans } from '../run-plans.ts';
import { followUncaught } from '../uncaught.ts';

/**
 * `evrun run`: loads the recipes, runs those that are right, and tells how it went. Exit code: the first that is not
 * 0; 4 also where everything that ran ended well and another recipe was wrong; 1 after an error that nobody caught.
 */
export async function run(files: readonly string[], flags: RunCommandFlags, host: Host): Promise<number> {
  const address = flags.admin === undefined ? undefined : adminAddress(flags.admin, flags.adminToken);
  if (flags.adminToken !== undefined) addSecret(flags.adminToken);
  refuseCommands(files);

  const progress = createProgress(host, flags.progress);
  const log = createLogger({
    level: flags.logLevel,
    format: flags.logFormat,
    write: progress.print,
    color: host.color,
  });
  const uncaught = followUncaught(host, log, () => progress.stop());
  // Unheard, it would open Node's debugger: a port through which anybody on this machine could run code.
  const unhear = host.onSignal('SIGUSR1', () => log.info('SIGUSR1 is ignored'));
  try {
    const exitCode = await execute(files, flags, { flags, host, log, progress, address, uncaught });
    return uncaught.happened ? 1 : exitCode;
  } finally {
    uncaught.unfollow();
    unhear();
  }
}

async function execute(
  files: readonly string[],
  flags: RunCommandFlags,
  running: Omit<Running, 'stateDir'>,
): Promise<number> {
  const { host, log } = running;
  const loaded = await loadRecipes({
    files,
    flags: runFlags(flags),
    strict: flags.strict === true,
    env: host.env,
  });
  const failed = tellProblems(loaded, flags, log, host);
  if (failed !== undefined) return failed;
  if (!(await agreed(loaded.recipes, flags, host))) {
    host.err('evrun: not agreed to, nothing was started\n');
    return 2;
  }

  const settings = {
    flags: runFlags(flags),
    stateDir: stateDirOf(flags, host.env),
    clock: systemClock,
    log,
    preview: (line: string) => host.out(`${line}\n`),
  };
  const plans = loaded.recipes.map((recipe) => planOf(recipe, settings));
  const ends = await runPlans(plans, { ...running, stateDir: settings.stateDir });
  const first = ends.find(({ exitCode }) => exitCode !== 0)?.exitCode;
  return first ?? (errorsOf(loaded.problems).length > 0 ? exitCodeOf(loaded.problems) : 0);
}

/** Says everything that is wrong. A number: nothing can be run, this is the exit code. */
function tellProblems(
  loaded: LoadedRecipes,
  flags: RunCommandFlags,
  log: FlushingLogger,
  host: Host,
): number | undefined {
  const { problems, recipes, disabled } = loaded;
  if (flags.logFormat === 'json') logProblems(problems, log);
  else host.err(problemsText(problems, host.color));
  for (const { name } of disabled) log.info(`Skipping pipeline ${name} as it is not enabled`);

  const errors = errorsOf(problems);
  if (errors.length > 0 && recipes.length === 0) {
    const why = flags.strict === true ? ' (--strict: every recipe must be right)' : '';
    log.error(`${tally(problems)}: nothing was started${why}`);
    return exitCodeOf(problems);
  }
  if (errors.length > 0) log.warn(`${tally(problems)}: the recipes that are right run without the others`);
  if (recipes.length === 0) {
    log.error(
      `No valid pipelines were started from ${loaded.documents} config(s). Check that at least one pipeline is ` +
        'enabled and all required environment variables are set.',
    );
    return 1;
  }
  return undefined;
}

/** A mistyped command would be taken for a recipe that does not exist. */
function refuseCommands(files: readonly string[]): void {
  for (const word of files) {
    if (/[./\\]/.test(word) || existsSync(word)) continue;
    const meant = commandHint(word, nearest);
    const advice = meant === undefined ? 'See `evrun --help`.' : `Did you mean \`${meant}\`?`;
    throw new EvrunError('EVR_USAGE', `"${word}" is neither a command nor a recipe file. ${advice}`);
  }
}

function stateDirOf(flags: RunCommandFlags, env: NodeJS.ProcessEnv): string {
  return flags.stateDir ?? (env['EVRUN_HOME'] || './.evrun');
}

function runFlags(flags: RunCommandFlags): RunFlags {
  const { since, until, resetOffsets, idleTimeout, maxEvents, untilCaughtUp, dryRun } = flags;
  return { since, until, resetOffsets, idleTimeout, maxEvents, untilCaughtUp, dryRun };
}
