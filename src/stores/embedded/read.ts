import { type FileHandle, open } from 'node:fs/promises';
import { FORMAT_VERSION, HEAD_LINE, holdsRecord, MAX_HEAD_LINE, recordAt } from './format.ts';
import { tooNew } from './problem.ts';

/** Reads state files in pieces: a file is never in memory as a whole. */

const PIECE = 1 << 20;

export interface Found {
  /** The first record; undefined: the file ends before it is whole. */
  readonly head: unknown;
  /** Where the good records end. */
  readonly end: number;
  readonly size: number;
  /** What stands at `end`. `torn`: a write that was under way. `damaged`: good records follow. */
  readonly rest: 'none' | 'torn' | 'damaged';
}

export interface ReadOptions {
  readonly pipeline: string;
  readonly path: string;
  /** Reads up to this byte only. */
  readonly limit?: number | undefined;
  /** Gets the value of every record after the first; without it only the first is read. */
  readonly each?: (value: unknown) => void;
}

/** Throws EvrunError for a newer format, else what the file system throws. */
export async function readStateFile(options: ReadOptions): Promise<Found> {
  const file = await open(options.path, 'r');
  try {
    const size = Math.min((await file.stat()).size, options.limit ?? Number.POSITIVE_INFINITY);
    return await readRecords(file, size, options);
  } finally {
    await file.close();
  }
}

async function readRecords(file: FileHandle, size: number, options: ReadOptions): Promise<Found> {
  const line = await piece(file, 0, Math.min(MAX_HEAD_LINE, size));
  let end = headLine(line, options);
  let head: unknown;
  let want = PIECE;
  while (end > 0 && end < size) {
    const bytes = await piece(file, end, Math.min(want, size - end));
    let at = 0;
    let found = recordAt(bytes, at);
    while (typeof found === 'object') {
      const value: unknown = JSON.parse(found.text);
      at = found.next;
      if (head !== undefined) options.each?.(value);
      else head = value;
      if (options.each === undefined) return { head, end: end + at, size, rest: 'none' };
      found = recordAt(bytes, at);
    }
    end += at;
    if (found === 'bad' || bytes.length === size - (end - at)) break;
    // Larger than a piece: take all of it the next time.
    want = at > 0 ? PIECE : want * 4;
  }
  if (end === size && head !== undefined) return { head, end, size, rest: 'none' };
  const rest = holdsRecord(await piece(file, end, size - end)) ? 'damaged' : 'torn';
  return { head, end, size, rest };
}

/** Length of the first line; 0: it is not whole, or none of ours. */
function headLine(bytes: Buffer, options: ReadOptions): number {
  const match = HEAD_LINE.exec(bytes.toString('latin1'));
  if (match === null) return 0;
  const version = Number(match[1]);
  if (version > FORMAT_VERSION) throw tooNew(options.pipeline, options.path, version, match[2] ?? 'evrun');
  return match[0].length;
}

async function piece(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
