import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EvrunError } from '../../contract/errors.ts';
import { fileProblem, fileRemedy } from '../../support/fs-errors.ts';
import { repairTail } from './tail.ts';
import type { Target, TargetOptions } from './target.ts';

/**
 * A file that only grows. `append` writes and syncs what it is given, one call after the other, and resolves
 * when it is on disk. Where a write or a sync fails, the file is cut back to the length that was safe, and
 * nothing more is written: after a failed fsync the kernel may have thrown the pages away, so trying again
 * could report success for lines that are gone. The pipeline stops and a new start opens the file afresh.
 */
export class AppendFile implements Target {
  private readonly options: TargetOptions;
  private handle: FileHandle | undefined = undefined;
  /** Length up to which everything was written (and synced) completely. */
  private size = 0;
  private broken: EvrunError | undefined = undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(options: TargetOptions) {
    this.options = options;
  }

  open(): Promise<void> {
    return this.inTurn(() => this.openNow());
  }

  readonly append = (text: string): Promise<void> => this.inTurn(() => this.appendNow(Buffer.from(text)));

  /** Somebody else may have renamed the file (logrotate): goes on in a new one under the old name. */
  reopen(): Promise<void> {
    return this.inTurn(async () => {
      await this.closeNow();
      await this.openNow();
    });
  }

  close(): Promise<void> {
    return this.inTurn(() => this.closeNow());
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work);
    this.last = mine.catch(() => {});
    return mine;
  }

  private async openNow(): Promise<void> {
    const { path, log, holdsJson } = this.options;
    try {
      await mkdir(dirname(path), { recursive: true });
      const isNew = !existsSync(path);
      this.handle = await open(path, 'a+');
      if (isNew) await syncFolder(dirname(path));
      const repair = await repairTail(this.handle, holdsJson);
      this.size = repair.size;
      if (repair.done !== undefined) log.warn(`the last line of ${path} was not complete: ${repair.done}`);
      this.broken = undefined;
    } catch (cause) {
      throw this.failure('open', cause);
    }
  }

  private async appendNow(bytes: Buffer): Promise<void> {
    if (this.broken !== undefined) throw this.broken;
    const { maxBytes, fsync } = this.options;
    try {
      if (maxBytes > 0 && this.size > 0 && this.size + bytes.length > maxBytes) await this.rotate();
      const handle = this.handle as FileHandle;
      for (let rest = bytes; rest.length > 0; ) {
        const { bytesWritten } = await handle.write(rest);
        rest = rest.subarray(bytesWritten);
      }
      if (fsync) await handle.datasync();
      this.size += bytes.length;
    } catch (cause) {
      this.broken = this.failure('write to', cause);
      await this.handle?.truncate(this.size).catch(() => {});
      throw this.broken;
    }
  }

  private async rotate(): Promise<void> {
    const { path, clock } = this.options;
    const stamp = new Date(clock.now()).toISOString().replace(/[-:]/g, '');
    let old = `${path}.${stamp}`;
    for (let n = 2; existsSync(old); n += 1) old = `${path}.${stamp}-${n}`;
    await this.closeNow();
    await rename(path, old);
    await this.openNow();
  }

  private async closeNow(): Promise<void> {
    const handle = this.handle;
    this.handle = undefined;
    await handle?.close();
  }

  private failure(doing: string, cause: unknown): EvrunError {
    if (cause instanceof EvrunError) return cause;
    const message = `cannot ${doing} ${this.options.path}: ${fileProblem(cause)}. ${fileRemedy(cause, 'name another path')}`;
    return new EvrunError('EVR_OUTPUT', message, { cause, fatal: true });
  }
}

/** The name of a new file is only on disk once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
