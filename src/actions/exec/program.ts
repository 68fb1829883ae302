import type { PartContext } from '../../contract/context.ts';
import { EvrunError } from '../../contract/errors.ts';
import { findProgram } from '../../support/programs/process.ts';
import type { ExecConfig } from './schema.ts';

/** The environment that every run of the program has in common. */
export function programEnv(config: ExecConfig, ctx: PartContext): NodeJS.ProcessEnv {
  const env = { ...process.env, ...config.env };
  // An evrun that runs inside another one's action must not hand on the outer event.
  for (const name of Object.keys(env)) if (/^EVRUN_(EVENT|ATTEMPT|IDEMPOTENCY)/.test(name)) delete env[name];
  env['EVRUN_PIPELINE'] = ctx.pipeline;
  return env;
}

/** Throws EVR_RECIPE where the program cannot be found: before the first event, not at each of them. */
export function assertProgram({ command, cwd = '.' }: ExecConfig, env: NodeJS.ProcessEnv): void {
  const [file = ''] = command;
  if (findProgram(file, env, cwd) !== undefined) return;
  const where = file.includes('/') ? `is no executable file, seen from ${cwd}` : 'was not found in PATH';
  throw new EvrunError('EVR_RECIPE', `action exec: the program ${JSON.stringify(file)} ${where}`, {
    fatal: true,
  });
}
