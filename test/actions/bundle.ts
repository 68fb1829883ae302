import { execFile } from 'node:child_process';
import { bundled } from '../support/child.ts';

export interface Bundle {
  /** Runs `command` in a shell, in which `run` is the program: `run x 5 | head -1`. Its output, and its errors. */
  shell(command: string): Promise<{ readonly out: string; readonly err: string }>;
  remove(): Promise<void>;
}

/** A TypeScript program as one file that Node runs. `entry`: its URL. */
export async function bundle(entry: URL): Promise<Bundle> {
  const { file, remove } = await bundled(entry);
  return {
    shell: (command) =>
      new Promise((resolve) => {
        const script = `run() { exec ${process.execPath} ${file} "$@"; }; ${command}`;
        execFile('sh', ['-c', script], { maxBuffer: 2 ** 28 }, (_, out, err) => resolve({ out, err }));
      }),
    remove,
  };
}
