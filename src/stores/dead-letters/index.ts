import { existsSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../contract/clock.ts';
import type { DeadLetters } from '../../contract/dead-letter.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Logger } from '../../contract/log.ts';
import { type DurableLog, openDurableLog } from '../../support/files/durable-log.ts';
import { errnoOf, fileProblem, fileRemedy } from '../../support/files/fs-errors.ts';
import { type FileOps, nodeFileOps } from '../../support/files/fs-ops.ts';
import { acquireLock, type Lock } from '../../support/files/lock.ts';
import { makeFolder } from '../../support/files/make-folder.ts';
import { normalizedName } from '../../support/files/names.ts';
import { letterLine } from './line.ts';

/**
 * `<dir>/<pipeline>/failed_events.log`: what failed for good, one JSON object per line, on disk before the
 * position may move past it. Nothing here is ever deleted: a full file is renamed to
 * `failed_events.<time>.log`, a torn last line is closed and stays. A second process of the same pipeline on the
 * same folder writes `failed_events.1.log`, a third `failed_events.2.log`.
 */

export interface DeadLettersOptions {
  /** The recipe's `failed_events_dir`. */
  readonly dir: string;
  readonly pipeline: string;
  readonly log: Logger;
  /** A file that would grow beyond this is rotated. Default 100 MiB. */
  readonly maxBytes?: number;
  readonly clock?: Clock;
  readonly ops?: FileOps;
}

const DEFAULT_MAX_BYTES = 100 << 20;
const MAX_WRITERS = 1000;
const OTHERWISE = 'choose another folder with options.failed_events_dir';

/** Creates folder and file. Throws EvrunError EVR_DEAD_LETTERS, fatal, where they cannot be written. */
export async function openDeadLetters(options: DeadLettersOptions): Promise<DeadLetters> {
  const dir = join(options.dir, normalizedName(options.pipeline));
  try {
    await makeFolder(dir, 0o700);
    const { lock, base } = await ownFile(dir, options);
    try {
      return await openFile(join(dir, `${base}.log`), lock, options);
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (cause) {
    if (cause instanceof EvrunError) throw cause;
    throw new EvrunError(
      'EVR_DEAD_LETTERS',
      `Cannot write the dead letters of pipeline "${options.pipeline}" to ${dir}: ${fileProblem(cause)}. ` +
        fileRemedy(cause, OTHERWISE),
      { cause, fatal: true },
    );
  }
}

/** The first file that no other process writes. */
async function ownFile(dir: string, options: DeadLettersOptions): Promise<{ lock: Lock; base: string }> {
  const { log, clock } = options;
  for (let number = 0; number < MAX_WRITERS; number++) {
    const base = number === 0 ? 'failed_events' : `failed_events.${number}`;
    const lock = await acquireLock({ dir, name: `.${base}.lock`, log, clock, patient: false });
    if ('heldBy' in lock) continue;
    if (number > 0) {
      log.info('Another process of this pipeline writes failed_events.log; this one has its own file.', {
        path: join(dir, `${base}.log`),
      });
    }
    return { lock, base };
  }
  throw new Error(`${MAX_WRITERS} processes write there already`);
}

async function openFile(path: string, lock: Lock, options: DeadLettersOptions): Promise<DeadLetters> {
  const { pipeline, clock = systemClock, ops = nodeFileOps } = options;
  const torn = await endsInsideLine(path);
  const what = `the dead letters of pipeline "${pipeline}"`;
  const file: DurableLog = await openDurableLog({
    path,
    what,
    code: 'EVR_DEAD_LETTERS',
    otherwise: OTHERWISE,
    recreate: true,
    maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
    ops,
    next: async () => {
      await putAside(path, new Date(clock.now()), ops);
      return { path };
    },
  });
  if (torn) await file.append('\n');
  return {
    path,
    append(letter) {
      if (lock.lost !== undefined) {
        const { pid, host } = lock.lost;
        const taken = `Process ${pid} on ${host} took over ${path} while this one was silent. Start it again.`;
        return Promise.reject(new EvrunError('EVR_DEAD_LETTERS', taken, { fatal: true }));
      }
      return file.append(letterLine(letter));
    },
    reopen: () => file.reopen(),
    async close() {
      await file.close();
      await lock.release();
    },
  };
}

/** A process died in the middle of a line. The line stays: it may be all that is left of an event. */
async function endsInsideLine(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return false;
  try {
    const { size } = await file.stat();
    if (size === 0) return false;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] !== NEWLINE;
  } finally {
    await file.close();
  }
}

const NEWLINE = 0x0a;

/** Renames the file after the time; an empty one holds nothing that must be kept. */
async function putAside(path: string, now: Date, ops: FileOps): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  if (found.size === 0) return ops.unlink(path);
  const base = `${path.slice(0, -'.log'.length)}.${now.toISOString().replaceAll(':', '-')}`;
  let target = `${base}.log`;
  for (let number = 1; existsSync(target); number++) target = `${base}-${number}.log`;
  await ops.rename(path, target);
}
