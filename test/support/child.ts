import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'rolldown';

/** TypeScript programs as real processes: bundled once, run as often as a test likes. */
export interface Program extends AsyncDisposable {
  start(args: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess;
  remove(): Promise<void>;
}

/** A TypeScript program as one file that Node runs. `entry`: its URL. */
export async function bundled(entry: URL): Promise<{ readonly file: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'evrun-program-'));
  const file = join(dir, 'main.mjs');
  await build({
    input: entry.pathname,
    platform: 'node',
    logLevel: 'silent',
    // Native: no bundle can hold it, and no program that is run so needs it.
    external: ['lz4-napi'],
    output: { file, codeSplitting: false },
  });
  return { file, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** `entry`: URL of a TypeScript file. */
export async function program(entry: URL): Promise<Program> {
  const { file, remove } = await bundled(entry);
  return {
    start: (args, env) =>
      spawn(process.execPath, [file, ...args], {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { ...process.env, ...env },
      }),
    remove,
    [Symbol.asyncDispose]: remove,
  };
}

/** Everything that a process says until it ends. */
export async function ended(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}
