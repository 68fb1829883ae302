import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { errnoOf } from './fs-errors.ts';

/** The few file operations that durability rests on, so that tests can make each of them fail. */
export interface FileOps {
  open(path: string, flags: string, mode: number): Promise<number>;
  /** May write less than it was given. */
  write(fd: number, bytes: Uint8Array): Promise<number>;
  /** Until this resolves the bytes may be lost. */
  sync(fd: number): Promise<void>;
  truncate(fd: number, length: number): Promise<void>;
  close(fd: number): Promise<void>;
  /** Size in bytes; `links` is 0 once the file has been deleted. */
  stat(fd: number): { readonly size: number; readonly links: number };
  unlink(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Makes names durable: files that were created in, renamed in or deleted from the folder. */
  syncFolder(path: string): Promise<void>;
}

const open = promisify(fs.open);
const write = promisify(fs.write) as (fd: number, bytes: Uint8Array) => Promise<{ bytesWritten: number }>;
const fsync = promisify(fs.fsync);
const close = promisify(fs.close);

export const nodeFileOps: FileOps = {
  open,
  write: async (fd, bytes) => (await write(fd, bytes)).bytesWritten,
  sync: promisify(fs.fdatasync),
  truncate: promisify(fs.ftruncate),
  close,
  stat: (fd) => {
    const { size, nlink } = fs.fstatSync(fd);
    return { size, links: nlink };
  },
  unlink: promisify(fs.unlink),
  rename: promisify(fs.rename),
  syncFolder: async (path) => {
    const fd = await open(path, 'r');
    try {
      await fsync(fd);
    } catch (error) {
      // Some file systems cannot sync a folder, and then need not.
      if (!UNSUPPORTED.has(errnoOf(error) ?? '')) throw error;
    } finally {
      await close(fd);
    }
  },
};

const UNSUPPORTED = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR', 'EPERM', 'EBADF']);

/** Writes all of `bytes`, in as many steps as it takes. */
export async function writeFully(ops: FileOps, fd: number, bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) {
    const written = await ops.write(fd, rest);
    if (written <= 0) throw Object.assign(new Error('the device took no bytes'), { code: 'EIO' });
    rest = written < rest.length ? rest.subarray(written) : EMPTY;
  }
}

const EMPTY = new Uint8Array(0);
