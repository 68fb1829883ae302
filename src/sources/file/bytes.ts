import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ByteReader } from '../../support/lines/line-reader.ts';

/** Reads a growing file from `from` on: 0 bytes means the end for now. */
export function plainBytes(handle: FileHandle, from: number): ByteReader {
  let position = from;
  return {
    async read(buffer, at, length) {
      const { bytesRead } = await handle.read(buffer, at, length, position);
      position += bytesRead;
      return bytesRead;
    },
  };
}

/** Reads what a gzip file holds, all of its members. A position is reached by skipping what comes before it. */
export function gzipBytes(handle: FileHandle, from: number): ByteReader {
  const compressed = handle.createReadStream({ start: 0, autoClose: false });
  // Both streams end together; the error reaches whoever reads.
  const unpacked = pipeline(compressed, createGunzip({ chunkSize: 128 * 1024 }), () => {});
  const chunks = unpacked[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let chunk: Buffer | undefined;
  let toSkip = from;
  return {
    async read(buffer, at, length) {
      while (chunk === undefined || chunk.length === 0 || toSkip > 0) {
        if (chunk !== undefined && toSkip > 0) {
          const skipped = Math.min(toSkip, chunk.length);
          toSkip -= skipped;
          chunk = chunk.subarray(skipped);
          if (chunk.length > 0) continue;
        }
        const { value, done } = await chunks.next();
        if (done === true) return 0;
        chunk = value;
      }
      const count = chunk.copy(buffer, at, 0, Math.min(length, chunk.length));
      chunk = chunk.subarray(count);
      return count;
    },
  };
}
