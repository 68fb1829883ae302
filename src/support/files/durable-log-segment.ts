import { dirname } from 'node:path';
import { type FileOps, writeFully } from './fs-ops.ts';

export interface Segment {
  readonly path: string;
  /** Written first where the file is new or empty. */
  readonly header?: Uint8Array | undefined;
}

/** One open file of a durable log. After its first failure it is only cut and closed. */
export class SegmentFile {
  readonly segment: Segment;
  readonly #fd: number;
  readonly #ops: FileOps;
  #durable = 0;
  #open = true;

  /** Use `openSegment`. */
  constructor(segment: Segment, fd: number, ops: FileOps) {
    this.segment = segment;
    this.#fd = fd;
    this.#ops = ops;
  }

  /** Bytes that survive a crash. */
  get durable(): number {
    return this.#durable;
  }

  /** False: nothing but its header. */
  get used(): boolean {
    return this.#durable > (this.segment.header?.length ?? 0);
  }

  async begin(): Promise<void> {
    const { header, path } = this.segment;
    if (this.#ops.stat(this.#fd).size === 0 && header !== undefined) {
      await writeFully(this.#ops, this.#fd, header);
    }
    await this.#ops.sync(this.#fd);
    await this.#ops.syncFolder(dirname(path));
    this.#durable = this.#ops.stat(this.#fd).size;
  }

  /** False: somebody has deleted the file, and `bytes` went with it. */
  async append(bytes: Uint8Array): Promise<boolean> {
    await writeFully(this.#ops, this.#fd, bytes);
    await this.#ops.sync(this.#fd);
    const { size, links } = this.#ops.stat(this.#fd);
    if (links === 0) return false;
    this.#durable = size;
    return true;
  }

  /** Takes back what may have been written beyond the durable length. Best effort: the disk is failing. */
  async cut(): Promise<void> {
    try {
      if (this.#ops.stat(this.#fd).size > this.#durable) await this.#ops.truncate(this.#fd, this.#durable);
    } catch {
      // The segment after this one tells how much of it counts.
    }
  }

  /** Never throws: everything that counts was synced, so that a failing close loses nothing. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#ops.close(this.#fd).catch(() => {});
  }
}

/** Opens a file for appending, mode 0600; `fresh`: it must not exist, and is removed again if it cannot be begun. */
export async function openSegment(segment: Segment, fresh: boolean, ops: FileOps): Promise<SegmentFile> {
  const fd = await ops.open(segment.path, fresh ? 'ax' : 'a', 0o600);
  const file = new SegmentFile(segment, fd, ops);
  try {
    await file.begin();
  } catch (error) {
    await file.close();
    if (fresh) await ops.unlink(segment.path).catch(() => {});
    throw error;
  }
  return file;
}
