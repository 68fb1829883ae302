import type { PartContext } from '../../contract/context.ts';
import type { ConfigProblem } from '../../contract/define.ts';
import { EvrunError } from '../../contract/errors.ts';
import { findProgram, folderFault } from '../../support/programs/process.ts';
import type { ExecConfig } from './schema.ts';

/** The environment that every run of the program has in common. */
export function programEnv(config: Pick<ExecConfig, 'env'>, ctx: PartContext): NodeJS.ProcessEnv {
  const env = { ...process.env, ...config.env };
  // An evrun that runs inside another one's action must not hand on the outer event.
  for (const name of Object.keys(env)) if (/^EVRUN_(EVENT|ATTEMPT|IDEMPOTENCY)/.test(name)) delete env[name];
  env['EVRUN_PIPELINE'] = ctx.pipeline;
  return env;
}

/** Why no event could be acted on: the folder or the program is missing. Undefined = both are there. */
export function programProblem({ command, cwd, env: own }: ExecConfig): ConfigProblem | undefined {
  const folder = cwd || '.';
  const fault = folderFault(folder);
  if (fault !== undefined) {
    return {
      path: ['cwd'],
      message: `the folder ${JSON.stringify(folder)} ${fault}, seen from ${process.cwd()}`,
      fix: 'Make the folder, or mend the path.',
    };
  }
  const [file = ''] = command;
  if (findProgram(file, { ...process.env, ...own }, folder) !== undefined) return undefined;
  const isPath = file.includes('/');
  const where = isPath ? `is no executable file, seen from ${folder}` : 'was not found in PATH';
  return {
    path: ['command', 0],
    message: `the program ${JSON.stringify(file)} ${where}`,
    fix: isPath ? 'Mend the path, or make it executable: chmod +x.' : 'Install it, or write its whole path.',
  };
}

/** Throws EVR_RECIPE where the program cannot be run: before the first event, not at each of them. */
export function assertProgram(config: ExecConfig, { dryRun }: PartContext): void {
  if (dryRun) return;
  const problem = programProblem(config);
  if (problem === undefined) return;
  throw new EvrunError('EVR_RECIPE', `action exec: ${problem.message}. ${problem.fix}`, { fatal: true });
}
