import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { reportOf, runOnce } from './measure.mjs';

export const evrun = resolve(import.meta.dirname, '../../bin/evrun');

let names = 0;
/** A name that nobody used before, for a consumer group or a queue. */
export const freshName = () => `bench-${process.pid}-${names++}`;

/** Arguments of `node` that run a recipe from a state folder that nobody used. */
export function evrunArgs(dir, lines, args = []) {
  const name = freshName();
  mkdirSync(dir, { recursive: true });
  const recipe = join(dir, `${name}.yml`);
  writeFileSync(recipe, `${lines.join('\n')}\n`);
  const quiet = ['--log-format', 'json', '--progress', 'never'];
  return [evrun, 'run', recipe, '--state-dir', join(dir, name), ...quiet, ...args];
}

/** Runs a recipe to its end; `expected` events must have been acted on. */
export async function runEvrun(dir, lines, args, expected) {
  const run = await runOnce(process.execPath, evrunArgs(dir, lines, args), { cwd: dir });
  const { acted } = reportOf(run.stderr);
  if (acted !== expected) throw new Error(`acted on ${acted} of ${expected}`);
  return run;
}
