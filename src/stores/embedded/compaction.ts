import { join } from 'node:path';
import { messageOf } from '../../contract/errors.ts';
import type { Logger } from '../../contract/log.ts';
import type { DurableLog } from '../../support/files/durable-log.ts';
import type { FileOps } from '../../support/files/fs-ops.ts';
import { type Loaded, segmentName } from './load.ts';
import type { Values } from './memory.ts';
import { draftSnapshot, type Frozen, freeze } from './snapshot.ts';

/**
 * Replaces the log by a snapshot once it has outgrown it. Writes go on meanwhile, into the next segment.
 *
 * The copy of the values is taken between two groups of writes, at the beginning of that segment. It already shows
 * writes that are not durable yet: the snapshot is published only after these are, and discarded if one was lost.
 * A snapshot that fails costs nothing: the log stays, and is tried again when it has doubled.
 */

const SMALLEST_LOG = 8 << 20;

export interface CompactionOptions {
  readonly dir: string;
  readonly pipeline: string;
  readonly log: Logger;
  readonly ops: FileOps;
  readonly values: Values;
  readonly journal: DurableLog;
  /** Number of the segment that is being written. */
  readonly segment: () => number;
  /** True: nothing may be published any more. */
  readonly barred: () => boolean;
}

export class Compaction {
  readonly #options: CompactionOptions;
  #first: number;
  /** Bytes in the segments before the one that is being written. */
  #logBytes: number;
  #threshold: number;
  #running: Promise<void> | undefined;
  #losses = 0;
  #closed = false;

  constructor(options: CompactionOptions, loaded: Loaded) {
    this.#options = options;
    this.#first = loaded.firstSegment;
    this.#logBytes = loaded.logBytes - options.journal.size;
    this.#threshold = Math.max(SMALLEST_LOG, loaded.snapshotBytes);
  }

  /** Called after every write; cheap. */
  consider(): void {
    if (this.#running !== undefined || this.#closed) return;
    if (this.#logBytes + this.#options.journal.size <= this.#threshold) return;
    this.#running = this.#compact()
      .catch((error: unknown) => {
        this.#threshold *= 2;
        this.#options.log.warn('Could not write a snapshot of the state; its log stays and grows.', {
          path: this.#options.dir,
          reason: messageOf(error),
        });
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** A write was taken back: a copy that shows it must not be published. */
  lost(): void {
    this.#losses++;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #compact(): Promise<void> {
    const { dir, pipeline, ops, values, journal, segment } = this.#options;
    let frozen: Frozen = { keys: [], values: [] };
    let losses = 0;
    const ended = journal.size;
    await journal.rotate(() => {
      frozen = freeze(values);
      losses = this.#losses;
    });
    this.#logBytes += ended;
    const next = segment();
    const cancelled = () => this.#closed || this.#losses !== losses || this.#options.barred();
    const draft = await draftSnapshot(dir, { pipeline, next }, frozen, ops, cancelled);
    if (draft === undefined) return;
    await journal.settled().catch(() => {});
    if (cancelled()) return draft.discard();
    await draft.publish();
    for (let number = this.#first; number < next; number++) {
      // What stays is cleared at the next start.
      await ops.unlink(join(dir, segmentName(number))).catch(() => {});
    }
    this.#first = next;
    this.#logBytes = 0;
    this.#threshold = Math.max(SMALLEST_LOG, draft.bytes);
  }
}
