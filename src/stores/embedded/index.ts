import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../contract/clock.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Logger } from '../../contract/log.ts';
import type { Change, OwnedStore } from '../../contract/store.ts';
import { type DurableLog, openDurableLog } from '../../support/files/durable-log.ts';
import { errnoOf } from '../../support/files/fs-errors.ts';
import { type FileOps, nodeFileOps } from '../../support/files/fs-ops.ts';
import { acquireLock, type Lock } from '../../support/files/lock.ts';
import type { Holder } from '../../support/files/lock-holder.ts';
import { makeFolder } from '../../support/files/make-folder.ts';
import { normalizedName } from '../../support/files/names.ts';
import { Compaction } from './compaction.ts';
import { fileHead, groupRecord, type SegmentHead } from './format.ts';
import { type Loaded, loadState, MARK, segmentName } from './load.ts';
import { apply, prepare, View } from './memory.ts';
import { OTHERWISE, unusable } from './problem.ts';

/**
 * The state of one pipeline in a folder of its own, without a server: all values in memory, every write in an
 * append-only log before it is acknowledged, a snapshot when the log has outgrown it.
 *
 * A write is visible to `get` at once and durable when it resolves; one that fails is taken back, together with
 * all writes that were waiting. After a crash the writes that resolved are all there, each as a whole.
 */

export interface StoreOptions {
  /** The state folder of all pipelines: `$EVRUN_HOME` or `./.evrun`. */
  readonly dir: string;
  readonly pipeline: string;
  readonly log: Logger;
  /** For `--dry-run`: what is stored is read, what is written stays in memory; no lock, no change on disk. */
  readonly readOnly?: boolean;
  readonly clock?: Clock;
  readonly ops?: FileOps;
}

/**
 * Opens or creates the state of a pipeline. Throws EvrunError: EVR_LOCKED while another process holds it,
 * EVR_STATE where it is damaged, of a newer format, or cannot be read or written.
 */
export async function openStore(options: StoreOptions): Promise<OwnedStore> {
  const dir = join(options.dir, normalizedName(options.pipeline));
  try {
    return options.readOnly === true ? await openCopy(dir, options) : await openOwned(dir, options);
  } catch (error) {
    throw unusable(options.pipeline, dir, error);
  }
}

async function openOwned(dir: string, options: StoreOptions): Promise<OwnedStore> {
  const { pipeline, log } = options;
  await makeFolder(dir, 0o700);
  const lock = await acquireLock({ dir, name: 'lock', log, clock: options.clock });
  if ('heldBy' in lock) throw inUse(pipeline, dir, lock.heldBy);
  try {
    const loaded = await loadState({ dir, pipeline, log, readOnly: false });
    const store = await EmbeddedStore.open(dir, options, lock, loaded);
    try {
      if (!loaded.marked) await writeFile(join(dir, MARK), '', { mode: 0o600 });
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

class EmbeddedStore extends View implements OwnedStore {
  readonly #journal: DurableLog;
  readonly #compaction: Compaction;
  readonly #lock: Lock;

  static async open(dir: string, options: StoreOptions, lock: Lock, loaded: Loaded): Promise<EmbeddedStore> {
    const { pipeline, log, ops = nodeFileOps } = options;
    let segment = loaded.segment;
    const head = (rest: Omit<SegmentHead, 'pipeline'>) => fileHead({ pipeline, ...rest });
    const journal = await openDurableLog({
      path: join(dir, segmentName(segment)),
      header: head({ segment }),
      what: `the state of pipeline "${pipeline}"`,
      code: 'EVR_STATE',
      otherwise: OTHERWISE,
      recreate: false,
      frame: groupRecord,
      ops,
      next: async ({ path, bytes }) => {
        const ended = Number(path.slice(path.lastIndexOf('.') + 1));
        segment = ended + 1;
        const created = join(dir, segmentName(segment));
        // Left by an attempt that failed: nothing in it counts.
        await ops.unlink(created).catch(() => {});
        return { path: created, header: head({ segment, after: { segment: ended, bytes } }) };
      },
    });
    const { values } = loaded;
    const barred = () => lock.lost !== undefined;
    const parts = { dir, pipeline, log, ops, values, journal, segment: () => segment, barred };
    const compaction = new Compaction(parts, loaded);
    const write = (changes: readonly Change[]) => {
      if (changes.length === 0) return journal.settled();
      if (lock.lost !== undefined) return Promise.reject(inUse(pipeline, dir, lock.lost));
      try {
        const prepared = prepare(changes);
        const undo = apply(values, prepared.changes);
        const done = journal.append(prepared.text, () => {
          undo();
          compaction.lost();
        });
        compaction.consider();
        return done;
      } catch (error) {
        return Promise.reject(error);
      }
    };
    return new EmbeddedStore(loaded, write, journal, compaction, lock);
  }

  private constructor(
    loaded: Loaded,
    write: (changes: readonly Change[]) => Promise<void>,
    journal: DurableLog,
    compaction: Compaction,
    lock: Lock,
  ) {
    super(loaded.values, '', write);
    this.#journal = journal;
    this.#compaction = compaction;
    this.#lock = lock;
  }

  async close(): Promise<void> {
    await this.#compaction.close();
    await this.#journal.close();
    await this.#lock.release();
  }
}

/** A running process may replace its snapshot while we read: then the files that we saw first are gone. */
const LOOKS = 5;

async function openCopy(dir: string, options: StoreOptions): Promise<OwnedStore> {
  const { pipeline, log } = options;
  for (let look = 1; ; look++) {
    try {
      const { values } = await loadState({ dir, pipeline, log, readOnly: true });
      return new Copy(values);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' && look === 1 && !existsSync(dir)) return new Copy(new Map());
      if (look === LOOKS || errnoOf(error) !== 'ENOENT') throw error;
    }
  }
}

class Copy extends View implements OwnedStore {
  constructor(values: Map<string, unknown>) {
    super(values, '', async (changes) => {
      apply(values, prepare(changes).changes);
    });
  }

  async close(): Promise<void> {}
}

function inUse(pipeline: string, dir: string, { pid, host, since }: Holder): EvrunError {
  return new EvrunError(
    'EVR_LOCKED',
    `Pipeline "${pipeline}" is already running: process ${pid} on ${host} holds its state in ${dir} since ` +
      `${since}. Stop that process, give this pipeline another name, or ${OTHERWISE}.`,
    { fatal: true },
  );
}
