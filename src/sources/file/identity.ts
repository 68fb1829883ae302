import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** The first bytes of a file by their hash: they stay while a file grows, and differ when it was replaced. */
export interface Head {
  readonly bytes: number;
  readonly hash: string;
}

const HEAD_BYTES = 256;
const GZIP_MAGIC = 0x1f8b;

/** As many of the first `upTo` bytes as there are. */
export async function headOf(handle: FileHandle, upTo = HEAD_BYTES): Promise<Head> {
  const buffer = Buffer.alloc(upTo);
  const { bytesRead } = await handle.read(buffer, 0, upTo, 0);
  const hash = createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex').slice(0, 32);
  return { bytes: bytesRead, hash };
}

/** Whether the file still begins as it did when `head` was taken. */
export async function beginsWith(handle: FileHandle, head: Head): Promise<boolean> {
  const now = await headOf(handle, head.bytes);
  return now.bytes === head.bytes && now.hash === head.hash;
}

/** `head`, over more bytes where the file has grown: the more, the surer. */
export async function longerHead(handle: FileHandle, head: Head, size: number): Promise<Head> {
  return head.bytes < HEAD_BYTES && size > head.bytes ? headOf(handle) : head;
}

export async function isGzip(handle: FileHandle): Promise<boolean> {
  const buffer = Buffer.alloc(2);
  const { bytesRead } = await handle.read(buffer, 0, 2, 0);
  return bytesRead === 2 && buffer.readUInt16BE() === GZIP_MAGIC;
}

/** Offset of the first byte of the line that byte `at` belongs to, or that begins at `at`. */
export async function lineStart(handle: FileHandle, at: number): Promise<number> {
  const buffer = Buffer.alloc(64 * 1024);
  let end = at;
  while (end > 0) {
    const from = Math.max(0, end - buffer.length);
    const { bytesRead } = await handle.read(buffer, 0, end - from, from);
    const newline = buffer.subarray(0, bytesRead).lastIndexOf(10);
    if (newline !== -1) return from + newline + 1;
    end = from;
  }
  return 0;
}

export async function byteAt(handle: FileHandle, at: number): Promise<number | undefined> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
  return bytesRead === 1 ? buffer[0] : undefined;
}
