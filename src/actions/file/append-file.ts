import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../../contract/clock.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Logger } from '../../contract/log.ts';
import { fileProblem, fileRemedy } from '../../support/files/fs-errors.ts';
import { type FileOps, nodeFileOps, writeFully } from '../../support/files/fs-ops.ts';
import { makeFolder } from '../../support/files/make-folder.ts';
import { repairTail } from './tail.ts';

const NEWLINE = 0x0a;

/** Where lines go. */
export interface Target {
  /** Resolves once all of `text` is as safe as it gets there. Throws EvrunError. */
  append(text: string): Promise<void>;
  reopen(): Promise<void>;
  close(): Promise<void>;
}

export interface TargetOptions {
  readonly path: string;
  /** 0 = no rotation. */
  readonly maxBytes: number;
  readonly fsync: boolean;
  /** True: every line is a JSON value, so a torn one can be told. */
  readonly holdsJson: boolean;
  readonly log: Logger;
  readonly clock: Clock;
  /** For tests. */
  readonly ops?: FileOps;
}

/**
 * A file that only grows. `append` writes and syncs what it is given, one call after the other, and resolves
 * when it is on disk. Where a write or a sync fails, the file is cut back to the length that was safe, and
 * nothing more is written: after a failed fsync the kernel may have thrown the pages away, so trying again
 * could report success for lines that are gone. The pipeline stops and a new start opens the file afresh.
 */
export class AppendFile implements Target {
  private readonly options: TargetOptions;
  private fd: number | undefined = undefined;
  /** Length up to which everything was written (and synced) completely. */
  private size = 0;
  private broken: EvrunError | undefined = undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(options: TargetOptions) {
    this.options = options;
  }

  private get ops() {
    return this.options.ops ?? nodeFileOps;
  }

  open(): Promise<void> {
    return this.inTurn(() => this.openNow());
  }

  readonly append = (text: string): Promise<void> => this.inTurn(() => this.appendNow(Buffer.from(text)));

  /** Somebody else may have renamed the file (logrotate): goes on in a new one under the old name. */
  reopen(): Promise<void> {
    return this.inTurn(async () => {
      if (this.broken !== undefined) return;
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
      await makeFolder(dirname(path));
      const isNew = !existsSync(path);
      this.fd = await this.ops.open(path, 'a+', 0o666);
      // The name of a new file is only on disk once its folder is.
      if (isNew) await this.ops.syncFolder(dirname(path));
      const { size, done } = await repairTail(this.fd, this.ops, holdsJson);
      this.size = size;
      if (done !== undefined) log.warn(`the last line of ${path} was not complete: ${done}`);
    } catch (cause) {
      this.broken = this.failure('open', cause);
      throw this.broken;
    }
  }

  private async appendNow(bytes: Buffer): Promise<void> {
    if (this.broken !== undefined) throw this.broken;
    try {
      for (let rest = bytes; rest.length > 0; ) {
        const fitting = this.fitting(rest);
        if (fitting > 0) await this.write(rest.subarray(0, fitting));
        else await this.rotate();
        rest = rest.subarray(fitting);
      }
    } catch (cause) {
      this.broken = this.failure('write to', cause);
      if (this.fd !== undefined) await this.ops.truncate(this.fd, this.size).catch(() => {});
      throw this.broken;
    }
  }

  /** Bytes of the whole lines that the file has room for; a line that no file has room for gets one of its own. */
  private fitting(bytes: Buffer): number {
    const { maxBytes } = this.options;
    const room = maxBytes - this.size;
    if (maxBytes === 0 || bytes.length <= room) return bytes.length;
    const whole = room > 0 ? bytes.lastIndexOf(NEWLINE, room - 1) + 1 : 0;
    return whole === 0 && this.size === 0 ? bytes.indexOf(NEWLINE) + 1 || bytes.length : whole;
  }

  private async write(bytes: Buffer): Promise<void> {
    if (this.ops.stat(this.fd as number).links === 0) await this.startAnew();
    const fd = this.fd as number;
    await writeFully(this.ops, fd, bytes);
    if (this.options.fsync) await this.ops.sync(fd);
    this.size += bytes.length;
  }

  /** Somebody deleted the file: what would be written to it could never be read. */
  private async startAnew(): Promise<void> {
    this.options.log.warn(`${this.options.path} was deleted while evrun wrote to it: a new one begins`);
    await this.closeNow();
    await this.openNow();
  }

  private async rotate(): Promise<void> {
    const { path, clock } = this.options;
    const stamp = new Date(clock.now()).toISOString().replace(/[-:]/g, '');
    let old = `${path}.${stamp}`;
    for (let n = 2; existsSync(old); n += 1) old = `${path}.${stamp}-${n}`;
    await this.closeNow();
    await this.ops.rename(path, old);
    await this.openNow();
  }

  private async closeNow(): Promise<void> {
    const { fd } = this;
    this.fd = undefined;
    if (fd !== undefined) await this.ops.close(fd);
  }

  private failure(doing: string, cause: unknown): EvrunError {
    if (cause instanceof EvrunError) return cause;
    const remedy = fileRemedy(cause, 'name another path');
    const message = `cannot ${doing} ${this.options.path}: ${fileProblem(cause)}. ${remedy}`;
    return new EvrunError('EVR_OUTPUT', message, { cause, fatal: true });
  }
}
