import type { FileHandle } from 'node:fs/promises';

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
export async function repairTail(file: FileHandle, holdsJson: boolean): Promise<TailRepair> {
  const { size } = await file.stat();
  if (size === 0 || (await bytesAt(file, size - 1, 1))[0] === NEWLINE) return { size };
  const start = await startOfLastLine(file, size);
  const bytes = size - start;
  if (holdsJson && bytes <= LONGEST_LINE_BYTES && !isJson(await bytesAt(file, start, bytes))) {
    await file.truncate(start);
    await file.sync();
    return { size: start, done: `cut its ${bytes} bytes off, the event comes again` };
  }
  await file.write('\n');
  await file.sync();
  return { size: size + 1, done: 'closed it with a newline' };
}

async function startOfLastLine(file: FileHandle, size: number): Promise<number> {
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - BLOCK_BYTES);
    const at = (await bytesAt(file, from, end - from)).lastIndexOf(NEWLINE);
    if (at >= 0) return from + at + 1;
    end = from;
  }
  return 0;
}

async function bytesAt(file: FileHandle, from: number, count: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, from);
  return buffer.subarray(0, bytesRead);
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}
