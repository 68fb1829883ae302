import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityOf } from './process.ts';

/** `<pid>-<start time>` of the process that the run is: of vitest's main process, or of this one. */
export function ownerOfRun(): string {
  const isWorkerProcess = process.env['VITEST_POOL_ID'] !== undefined && process.send !== undefined;
  return identityOf(isWorkerProcess ? process.ppid : process.pid);
}

/** A new folder for servers that end with this process. Removing it tells the keeper that all is done. */
export function keptFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `evrun-${name}-`));
  keep(identityOf(process.pid), folder);
  return folder;
}

/** The folder `name` of this run: every process of the run gets the same path. Undefined once it was there. */
export function pathInRun(name: string): string {
  return join(tmpdir(), `evrun-run-${ownerOfRun()}-${name}`);
}

/** Makes that folder; its servers end with the run. */
export function keptInRun(name: string): string {
  const folder = pathInRun(name);
  mkdirSync(folder, { recursive: true });
  keep(ownerOfRun(), folder);
  return folder;
}

function keep(owner: string, folder: string): void {
  const script = join(import.meta.dirname, 'keeper.mjs');
  spawn(process.execPath, [script, owner, folder], { detached: true, stdio: 'ignore' }).unref();
}
