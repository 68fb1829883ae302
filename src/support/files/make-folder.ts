import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from './fs-errors.ts';

/**
 * Makes a folder and those above it, with `mode` (default 0o777) where they are new; one that is there is left as it
 * is. Throws what the file system throws. Node's `recursive` does the same, but never ends where a file system
 * says ENOENT below a folder that exists, as /proc does.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  if (await isFolder(path)) return;
  const above = dirname(path);
  if (above !== path) await makeFolder(above, mode);
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    // Somebody was quicker; or it is no folder, and reading it says what it is.
    await readdir(path);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
