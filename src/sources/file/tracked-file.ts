import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { EvrunError } from '../../contract/errors.ts';
import type { Meta } from '../../contract/event.ts';
import type { Progress } from '../../contract/source.ts';
import { doneRanges, type Ranges, rangeTest } from '../../support/lines/done-ranges.ts';
import type { LineStream } from '../../support/lines/line-delivery.ts';
import { LineReader, type Region } from '../../support/lines/line-reader.ts';
import { plainBytes } from './bytes.ts';
import { gzipBytes } from './gzip.ts';
import { beginsWith, isGzip, longerHead } from './identity.ts';
import type { StoredFile } from './stored.ts';

/** A file that is there now, open, and not yet matched with what is stored. */
export interface OpenFile {
  readonly path: string;
  /** Device and inode: names the file while it exists, on this machine. */
  readonly id: string;
  readonly inode: string;
  readonly handle: FileHandle;
  readonly size: number;
  readonly gzip: boolean;
}

export async function openFile(path: string): Promise<OpenFile> {
  // Without blocking: opening a named pipe would wait for its writer.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await handle.stat({ bigint: true });
    const { dev, ino, size } = stat;
    if (!stat.isFile()) throw notAFile(path, stat.isDirectory());
    const gzip = await isGzip(handle);
    return { path, id: `${dev}:${ino}`, inode: String(ino), handle, size: Number(size), gzip };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function notAFile(path: string, folder: boolean): EvrunError {
  return new EvrunError(
    'EVR_SOURCE',
    folder
      ? `${path} is a folder: name the files in it, e.g. ${path.replace(/\/+$/, '')}/*.ndjson`
      : `${path} is not a regular file: pipe it into evrun and use the stdin source`,
  );
}

/**
 * One file's content from its first byte on: what was read of it, and what is done. A file that is truncated or
 * replaced becomes another one of these, with a partition of its own.
 */
export class TrackedFile implements LineStream {
  readonly partition: string;
  readonly source: string;
  private readonly file: OpenFile;
  /** Where the file is now. */
  path: string;
  /** Clock.monotonic() when no path led to it any more; it is read to its end. */
  leftAt: number | undefined;
  /** Its content is not there any more: it was truncated or written anew. */
  replaced = false;
  readonly done: ((offset: number) => boolean) | undefined;
  private stored: StoredFile;
  private readonly reader: LineReader;
  private closed = false;

  constructor(partition: string, file: OpenFile, stored: StoredFile, maxLineBytes: number) {
    this.partition = partition;
    this.file = file;
    this.path = file.path;
    this.stored = stored;
    this.source = `/evrun/file/${encodeURI(stored.path.replace(/^\/+/, ''))}`;
    const { handle, gzip } = file;
    const from = stored.next;
    this.done = rangeTest(stored.done);
    this.reader = new LineReader(
      gzip ? gzipBytes(handle, from) : plainBytes(handle, from),
      from,
      maxLineBytes,
    );
  }

  get name(): string {
    return this.path;
  }

  get state(): StoredFile {
    return this.stored;
  }

  metaOf(offset: number): Meta {
    return { file: { path: this.path, offset } };
  }

  isAt({ dev, ino }: BigIntStats): boolean {
    return this.file.id === `${dev}:${ino}`;
  }

  get gzip(): boolean {
    return this.file.gzip;
  }

  async nextLines(): Promise<Region | undefined> {
    // "Behind the end" of a gzip file, whose unpacked size nobody knows.
    if (this.readTo === Number.MAX_SAFE_INTEGER) return undefined;
    return this.reader.next();
  }

  /** The last line, if its end never came. */
  lastLine(): Region | undefined {
    return this.reader.rest();
  }

  get readTo(): number {
    return this.reader.readTo;
  }

  async size(): Promise<number> {
    return (await this.file.handle.stat()).size;
  }

  /** False: the content that was read is not there any more (copytruncate), new lines begin at byte 0. */
  async isSame(size: number): Promise<boolean> {
    if (size < this.reader.readTo) return false;
    if (!(await beginsWith(this.file.handle, this.stored.head))) return false;
    this.stored = { ...this.stored, head: await longerHead(this.file.handle, this.stored.head, size) };
    return true;
  }

  /** Takes note of what is done, to be stored. */
  advance(progress: Progress): StoredFile {
    const done: Ranges = doneRanges(progress, this.stored.done);
    this.stored = { ...this.stored, next: progress.next as number, done };
    return this.stored;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.file.handle.close();
  }
}
