import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileOps, nodeFileOps } from '../../src/support/files/fs-ops.ts';

/** A temporary folder that is gone when the test ends: `await using dir = await folder()`. */
export async function folder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'evrun-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A real, tiny file system; undefined where this user may not mount one. */
export async function tinyDisk(
  options: string,
): Promise<({ path: string; remount(how: string): void } & AsyncDisposable) | undefined> {
  const path = await mkdtemp(join(tmpdir(), 'evrun-disk-'));
  const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'ignore' });
  try {
    mount('-t', 'tmpfs', '-o', options, 'tmpfs', path);
  } catch {
    await rm(path, { recursive: true });
    return undefined;
  }
  return {
    path,
    remount: (how) => mount('-o', `remount,${how}`, path),
    [Symbol.asyncDispose]: async () => {
      execFileSync('umount', ['-l', path]);
      await rm(path, { recursive: true });
    },
  };
}

export type Failure = 'ENOSPC' | 'EIO' | 'EROFS';

export interface FailingOps extends FileOps {
  /** The next calls of `operation` fail. */
  fail(
    operation: 'open' | 'write' | 'sync' | 'rename' | 'unlink' | 'syncFolder',
    how: Failure,
    times?: number,
  ): void;
  /** The next write stores half of its bytes and reports success for them, then fails. */
  tear(how: Failure): void;
  /** Writes store at most this many bytes a time. */
  writeAtMost: number;
  /** Operations in order: `sync 17`. */
  readonly calls: string[];
}

/** The real file operations, with failures on order. */
export function failingOps(): FailingOps {
  const orders = new Map<string, { how: Failure; times: number }>();
  let torn: Failure | undefined;
  const calls: string[] = [];
  const checked =
    <A extends unknown[], R>(name: string, operation: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      calls.push(`${name} ${String(args[0])}`);
      const order = orders.get(name);
      if (order !== undefined && order.times > 0) {
        order.times--;
        throw Object.assign(new Error(`${order.how}: made to fail`), { code: order.how });
      }
      return operation(...args);
    };
  const ops: FailingOps = {
    ...nodeFileOps,
    calls,
    writeAtMost: Number.POSITIVE_INFINITY,
    open: checked('open', nodeFileOps.open),
    sync: checked('sync', nodeFileOps.sync),
    rename: checked('rename', nodeFileOps.rename),
    unlink: checked('unlink', nodeFileOps.unlink),
    syncFolder: checked('syncFolder', nodeFileOps.syncFolder),
    write: checked('write', (fd, bytes) => {
      if (torn !== undefined) {
        ops.fail('write', torn);
        torn = undefined;
        return nodeFileOps.write(fd, bytes.subarray(0, bytes.length >> 1));
      }
      return nodeFileOps.write(fd, bytes.subarray(0, ops.writeAtMost));
    }),
    fail: (operation, how, times = 1) => void orders.set(operation, { how, times }),
    tear: (how) => {
      torn = how;
    },
  };
  return ops;
}
