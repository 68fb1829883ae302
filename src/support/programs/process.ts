import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { EvrunError, messageOf } from '../../contract/errors.ts';
import { errnoOf } from '../files/fs-errors.ts';

/*
 * Programs that evrun runs. Each leads its own process group: a Ctrl-C in the terminal reaches evrun alone, which
 * lets it finish, and ending the program ends whatever it started. Nothing passes through a shell.
 */

export interface Program {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  readonly cwd?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** How a program ended. Exactly one of the two is set. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningProgram {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when it has ended and its output was read. Never rejects. */
  readonly ended: Promise<Exit>;
  /** Asks its process group to end, and makes it after `graceMs`. Resolves when it has ended. */
  stop(graceMs: number): Promise<Exit>;
}

/** Output that a grandchild holds open is waited for this long after the program itself has ended. */
const OUTPUT_GRACE_MS = 500;

/** Resolves once it runs. Throws EvrunError EVR_ACTION: for good where the program or its arguments cannot work. */
export function startProgram({ argv, cwd, env }: Program): Promise<RunningProgram> {
  const [file = '', ...args] = argv;
  return new Promise((resolveStart, reject) => {
    let child: ChildProcessByStdio<Writable, Readable, Readable>;
    try {
      child = spawn(file, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    } catch (error) {
      reject(cannotStart(file, cwd, error));
      return;
    }
    // A program that does not read its input is no failure: how it exits tells.
    child.stdin.on('error', () => {});
    child.once('error', (error) => reject(cannotStart(file, cwd, error)));
    child.once('spawn', () => resolveStart(running(child)));
  });
}

function running(child: ChildProcessByStdio<Writable, Readable, Readable>): RunningProgram {
  const pid = child.pid as number;
  const ended = new Promise<Exit>((done) => {
    child.once('exit', (code, signal) => {
      const exit = { code, signal };
      const timer = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        done(exit);
      }, OUTPUT_GRACE_MS);
      child.once('close', () => {
        clearTimeout(timer);
        done(exit);
      });
    });
  });
  return {
    pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    async stop(graceMs) {
      signalGroup(pid, 'SIGTERM');
      const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
      const exit = await ended;
      clearTimeout(timer);
      // What it started and did not end with it.
      signalGroup(pid, 'SIGKILL');
      return exit;
    },
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}

function cannotStart(file: string, cwd: string | undefined, cause: unknown): EvrunError {
  const code = errnoOf(cause);
  const retry =
    code === 'EAGAIN' || code === 'ENOMEM' || code === 'EMFILE' || code === 'ENFILE' ? 'later' : 'never';
  const fault = cwd ? folderFault(cwd) : undefined;
  const why =
    fault !== undefined
      ? `the folder ${cwd} that it should run in ${fault}`
      : code === 'ENOENT'
        ? 'the program does not exist'
        : code === 'EACCES'
          ? 'it is not executable'
          : code === 'E2BIG'
            ? 'its arguments and environment are too long for the system'
            : messageOf(cause);
  return new EvrunError('EVR_ACTION', `cannot run ${file}: ${why}`, { retry, cause });
}

/** Where the system would find `file`: its path, or undefined. `cwd` is where it will run. */
export function findProgram(file: string, env: NodeJS.ProcessEnv, cwd: string): string | undefined {
  if (file.includes('/')) return executable(resolve(cwd, file));
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const found = executable(join(isAbsolute(folder) ? folder : resolve(cwd, folder), file));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Why no program can run in `folder`, as the end of a sentence; undefined = it can. */
export function folderFault(folder: string): string | undefined {
  try {
    if (!statSync(folder).isDirectory()) return 'is no folder';
    accessSync(folder, constants.X_OK);
    return undefined;
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? 'does not exist' : 'cannot be entered';
  }
}

function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}

/** `exit code 3` or `signal SIGKILL`. */
export function exitText({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}
