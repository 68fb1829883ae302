import { execFile, spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Runs a program to its end; throws with what it said. `signal` is never needed: everything has a time limit. */
export async function runProgram(program: string, args: readonly string[], cwd: string, timeoutMs: number) {
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      cwd,
      timeout: timeoutMs,
      maxBuffer: 1 << 24,
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const said = `${stdout}${stderr}`.trim().slice(-2_000);
    throw new Error(`${program} ${args[0]} failed: ${said || String(error)}`, { cause: error });
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A process id together with when it began, where the system tells: ids are used again. */
export function identityOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return `${pid}-${stat.slice(stat.lastIndexOf(')')).split(' ')[20]}`;
  } catch {
    return String(pid);
  }
}

/**
 * Starts a program that outlives this process unless its keeper ends it (see keeper.mjs): its id is written to
 * `<folder>/pids`, its output to `<folder>/<name>.log`.
 */
export function startKept(name: string, program: string, args: readonly string[], folder: string) {
  const output = openSync(join(folder, `${name}.log`), 'a');
  const child = spawn(program, args, { cwd: folder, detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  child.once('error', () => {}); // told by the one who waits for it to be ready
  if (child.pid === undefined) throw new Error(`cannot start ${program}`);
  appendFileSync(join(folder, 'pids'), `${identityOf(child.pid)}\n`);
  child.unref();
  return child.pid;
}

/** SIGKILL, and waits until it is gone. */
export async function killNow(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return;
  }
  await until(`process ${pid} to end`, 10_000, () => !isRunning(pid));
}

/** A child that ended and was not yet waited for (a zombie) is not running. */
function isRunning(pid: number): boolean {
  if (!isAlive(pid)) return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return isAlive(pid);
  }
}

/** Polls until `holds` is true; what it throws counts as false and is named in the error. */
export async function until(
  what: string,
  timeoutMs: number,
  holds: () => boolean | Promise<boolean>,
  pollMs = 50,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
