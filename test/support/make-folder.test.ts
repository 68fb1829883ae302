import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/support/files/make-folder.ts';

describe('making a folder', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'evrun-folder-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it('makes those above it too, all with the mode asked for', async () => {
    await makeFolder(join(dir, 'a/b/c'), 0o700);
    for (const path of ['a', 'a/b', 'a/b/c']) expect((await stat(join(dir, path))).mode & 0o777).toBe(0o700);
  });

  it('leaves one that is there as it is, also when several make it at once', async () => {
    const path = join(dir, 'x/y');
    await Promise.all([makeFolder(path, 0o750), makeFolder(path, 0o750), makeFolder(path, 0o750)]);
    await makeFolder(path, 0o700);
    expect((await stat(path)).mode & 0o777).toBe(0o750);
  });

  it('says what stands in its place', async () => {
    await writeFile(join(dir, 'file'), '');
    await symlink(join(dir, 'gone'), join(dir, 'link'));
    await expect(makeFolder(join(dir, 'file'))).rejects.toThrow('ENOTDIR');
    await expect(makeFolder(join(dir, 'file/below'))).rejects.toThrow('ENOTDIR');
    await expect(makeFolder(join(dir, 'link/below'))).rejects.toThrow('ENOENT');
  });

  it.runIf(process.platform === 'linux')('ends where the file system lets nobody make one', async () => {
    await expect(makeFolder('/proc/evrun/state')).rejects.toThrow('ENOENT');
  });
});
