import { fstatSync, readSync } from 'node:fs';
import type { FileOps } from '../../support/files/fs-ops.ts';

const NEWLINE = 0x0a;
const BLOCK_BYTES = 64 * 1024;
/** A longer end without a newline is no line of ours: it is closed, never read into memory. */
const LONGEST_LINE_BYTES = 64 * 1024 * 1024;

export interface TailRepair {
  readonly size: number;
  /** What was done, for the log; undefined = the file ended with a whole line. */
  readonly done?: string;
}

/**
 * Makes the file end with a newline. A last line without one was never acknowledged as done, so its event
 * comes again: what is not complete JSON is cut off. A line that is complete (or may be: text, a file that
 * somebody else wrote) only lacks its newline and gets it.
 */
export async function repairTail(fd: number, ops: FileOps, holdsJson: boolean): Promise<TailRepair> {
  const { size } = fstatSync(fd);
  if (size === 0 || bytesAt(fd, size - 1, 1)[0] === NEWLINE) return { size };
  const start = startOfLastLine(fd, size);
  const bytes = size - start;
  if (holdsJson && bytes <= LONGEST_LINE_BYTES && !isJson(bytesAt(fd, start, bytes))) {
    await ops.truncate(fd, start);
    await ops.sync(fd);
    return { size: start, done: `cut its ${bytes} bytes off, the event comes again` };
  }
  await ops.write(fd, Buffer.from('\n'));
  await ops.sync(fd);
  return { size: size + 1, done: 'closed it with a newline' };
}

function startOfLastLine(fd: number, size: number): number {
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - BLOCK_BYTES);
    const at = bytesAt(fd, from, end - from).lastIndexOf(NEWLINE);
    if (at >= 0) return from + at + 1;
    end = from;
  }
  return 0;
}

function bytesAt(fd: number, from: number, count: number): Buffer {
  const bytes = Buffer.alloc(count);
  return bytes.subarray(0, readSync(fd, bytes, 0, count, from));
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}
