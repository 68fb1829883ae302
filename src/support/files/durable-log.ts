import { type ErrorCode, EvrunError } from '../../contract/errors.ts';
import { type Chunk, type Group, giveUp, joined, newGroup } from './durable-log-group.ts';
import { openSegment, type Segment, type SegmentFile } from './durable-log-segment.ts';
import { fileProblem, fileRemedy } from './fs-errors.ts';
import { type FileOps, nodeFileOps } from './fs-ops.ts';

/**
 * An append-only file whose appends are durable when they resolve. Dead letters and the store's log are written
 * by this one piece of code.
 *
 * Group commit: what is appended while a write runs waits, and is then written and synced as one. A hundred
 * callers cost one fsync.
 *
 * A failed write or fsync: everyone who waits is rejected, the file is cut back to its last durable length, and
 * the next append begins a new segment. The same file is never synced again: after a failed fsync the kernel may
 * have dropped the pages and would report success. What had resolved before stays.
 *
 * Not its business: what the bytes mean, reading them back, and a second process on the same file (lock it).
 */

export interface Ended {
  readonly path: string;
  /** Its durable length: what stands beyond was never acknowledged. */
  readonly bytes: number;
}

export interface DurableLogOptions extends Segment {
  /** What errors call it, e.g. `the dead letters`. */
  readonly what: string;
  readonly code: ErrorCode;
  /** What a user can do besides mending the disk, e.g. `choose another failed_events_dir`. */
  readonly otherwise: string;
  /**
   * Makes room for the segment after `ended`: the path that it returns must not exist. Called again with the same
   * argument if creating the segment failed.
   */
  readonly next: (ended: Ended) => Promise<Segment>;
  /** A segment that would grow beyond this is ended first. Default: no limit. */
  readonly maxBytes?: number | undefined;
  /** Turns the chunks of one group into bytes. Default: one after the other. */
  readonly frame?: (chunks: readonly Chunk[]) => Uint8Array;
  /** True: a file that somebody deleted is made anew. False: that is an error. */
  readonly recreate: boolean;
  readonly ops?: FileOps | undefined;
}

/** One group is not much larger than this, so that one write stays short. */
const GROUP_BYTES = 4 << 20;

export class DurableLog {
  readonly #options: DurableLogOptions;
  readonly #ops: FileOps;
  readonly #frame: (chunks: readonly Chunk[]) => Uint8Array;
  /** Undefined: the next group begins a new segment. */
  #file: SegmentFile | undefined;
  #ended: Ended;
  /** Groups that are not being written yet; the last one may grow. */
  #waiting: Group[] = [];
  #newest: Group | undefined;
  /** One step at a time touches the file. */
  #steps: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  /** Use `openDurableLog`. */
  constructor(options: DurableLogOptions, file: SegmentFile, ops: FileOps) {
    this.#options = options;
    this.#ops = ops;
    this.#frame = options.frame ?? joined;
    this.#file = file;
    this.#ended = endOf(file);
  }

  /** Path of the segment that is being written. */
  get path(): string {
    return this.#file?.segment.path ?? this.#ended.path;
  }

  /** Durable bytes in that segment. */
  get size(): number {
    return this.#file?.durable ?? this.#ended.bytes;
  }

  /**
   * Resolves once `chunk` is on disk; rejects with EvrunError if it is not. Then `undo` is called first, newest
   * chunk first, synchronously for all that were lost together.
   */
  append(chunk: Chunk, undo?: () => void): Promise<void> {
    if (this.#closed !== undefined) {
      undo?.();
      return Promise.reject(failure(this.#options, this.path, CLOSED));
    }
    let group = this.#waiting.at(-1);
    if (group === undefined || group.bytes >= GROUP_BYTES) {
      group = newGroup();
      this.#newest = group;
      this.#waiting.push(group);
      this.#step(() => this.#commitNext());
    }
    group.chunks.push(chunk);
    group.bytes += chunk.length;
    if (undo !== undefined) group.undos.push(undo);
    return group.done;
  }

  /** Resolves once everything appended so far is on disk; rejects if the last of it was lost. */
  settled(): Promise<void> {
    return this.#newest?.done ?? Promise.resolve();
  }

  /** Ends the segment and begins the next one; `atBoundary` runs while nothing is being written. */
  rotate(atBoundary?: () => void): Promise<void> {
    return this.#step(async () => {
      await this.#endSegment();
      await this.#begin();
      atBoundary?.();
    });
  }

  /** Opens the path again: after a rename by somebody else, bytes go to a new file of that name. */
  reopen(): Promise<void> {
    return this.#step(async () => {
      const segment = this.#file?.segment;
      if (segment === undefined) return;
      await this.#endSegment();
      this.#file = await openSegment(segment, false, this.#ops);
    });
  }

  /** Waits for what was appended, then closes the file. Never throws; may be called twice. */
  close(): Promise<void> {
    this.#closed ??= this.#step(() => this.#endSegment());
    return this.#closed;
  }

  #step(work: () => Promise<void>): Promise<void> {
    const done = this.#steps.then(work).catch((cause: unknown) => {
      throw failure(this.#options, this.path, cause);
    });
    this.#steps = done.catch(() => {});
    return done;
  }

  async #commitNext(): Promise<void> {
    const group = this.#waiting.shift();
    // Rejected together with the group before it.
    if (group === undefined) return;
    try {
      await this.#commit(this.#frame(group.chunks));
    } catch (cause) {
      await this.#file?.cut();
      await this.#endSegment();
      // All that wait go down together: what follows may build on what was lost.
      const lost = [group, ...this.#waiting];
      this.#waiting = [];
      giveUp(lost, failure(this.#options, this.path, cause));
      return;
    }
    group.resolve();
  }

  async #commit(bytes: Uint8Array): Promise<void> {
    const { maxBytes = Number.POSITIVE_INFINITY, recreate } = this.#options;
    if (this.#file?.used && this.#file.durable + bytes.length > maxBytes) await this.#endSegment();
    const file = this.#file ?? (await this.#begin());
    if (await file.append(bytes)) return;
    if (!recreate) throw new Error('somebody deleted it while it was in use');
    await this.#endSegment();
    this.#file = await openSegment(file.segment, false, this.#ops);
    if (!(await this.#file.append(bytes))) throw new Error('somebody keeps deleting it');
  }

  async #begin(): Promise<SegmentFile> {
    this.#file = await openSegment(await this.#options.next(this.#ended), true, this.#ops);
    return this.#file;
  }

  async #endSegment(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    this.#ended = endOf(file);
    this.#file = undefined;
    await file.close();
  }
}

/** Opens or creates the file (mode 0600) in a folder that exists. Throws EvrunError with `options.code`. */
export async function openDurableLog(options: DurableLogOptions): Promise<DurableLog> {
  const ops = options.ops ?? nodeFileOps;
  try {
    return new DurableLog(options, await openSegment(options, false, ops), ops);
  } catch (cause) {
    throw failure(options, options.path, cause);
  }
}

const CLOSED = new Error('it was closed before');

function endOf(file: SegmentFile): Ended {
  return { path: file.segment.path, bytes: file.durable };
}

function failure(options: DurableLogOptions, path: string, cause: unknown): EvrunError {
  if (cause instanceof EvrunError) return cause;
  const remedy = fileRemedy(cause, options.otherwise);
  const message = `Cannot write ${options.what} to ${path}: ${fileProblem(cause)}. ${remedy}`;
  return new EvrunError(options.code, message, { cause, fatal: true });
}
