import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'rolldown';

export interface Bundle {
  /** Runs `command` in a shell, in which `run` is the program: `run x 5 | head -1`. Its output, and its errors. */
  shell(command: string): Promise<{ readonly out: string; readonly err: string }>;
  remove(): Promise<void>;
}

/** A TypeScript program as one file that Node runs. `entry`: its URL. */
export async function bundle(entry: URL): Promise<Bundle> {
  const dir = await mkdtemp(join(tmpdir(), 'evrun-bundle-'));
  const file = join(dir, 'main.mjs');
  await build({
    input: entry.pathname,
    platform: 'node',
    logLevel: 'silent',
    output: { file, codeSplitting: false },
  });
  return {
    shell: (command) =>
      new Promise((resolve) => {
        const script = `run() { exec ${process.execPath} ${file} "$@"; }; ${command}`;
        execFile('sh', ['-c', script], { maxBuffer: 2 ** 28 }, (_, out, err) => resolve({ out, err }));
      }),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
