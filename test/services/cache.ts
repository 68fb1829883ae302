import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './process.ts';

/**
 * What was downloaded once is kept outside the tree. A folder under its final name is complete: it is filled under
 * another name and renamed. Two processes that want the same wait for each other; should both fill it after all
 * (a holder that was killed), the first rename wins.
 */
const ROOT =
  process.env['EVRUN_SERVICES_CACHE'] ??
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'evrun-test-services');

const LOCK_POLL_MS = 200;

/** The folder `name` of the cache; `fill(folder)` makes its content if it is not there yet. */
export async function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(ROOT, name);
  if (isFolder(folder)) return folder;
  mkdirSync(ROOT, { recursive: true });
  const release = await lock(join(ROOT, `${name}.lock`));
  const partial = join(ROOT, `${name}.partial-${process.pid}`);
  try {
    if (isFolder(folder)) return folder;
    removeLeftovers(`${name}.partial-`);
    mkdirSync(partial, { recursive: true });
    await fill(partial);
    renameSync(partial, folder);
    return folder;
  } catch (error) {
    if (isFolder(folder)) return folder;
    throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
    release();
  }
}

/** Waits for a lock file that names a living process; one of a dead process is taken over. Returns its release. */
export async function lock(path: string): Promise<() => void> {
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (holderIsGone(path)) rmSync(path, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
}

function holderIsGone(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return pid > 0 && !isAlive(pid); // an empty file: its holder is about to write it
  } catch {
    return false;
  }
}

/** What a killed process had begun to fill. */
function removeLeftovers(prefix: string): void {
  for (const entry of readdirSync(ROOT)) {
    if (!entry.startsWith(prefix) || isAlive(Number(entry.slice(prefix.length)))) continue;
    rmSync(join(ROOT, entry), { recursive: true, force: true });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
