import type { FileHandle } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ByteReader } from '../../support/lines/line-reader.ts';

const CHUNK_BYTES = 128 * 1024;

/**
 * Reads what a gzip file holds, all of its members. A position is reached by skipping what comes before it.
 * A damaged file gives all that stands before the damage, then `read` throws what zlib says (`Z_BUF_ERROR`).
 */
export function gzipBytes(handle: FileHandle, from: number): ByteReader {
  let chunks: AsyncIterator<Buffer> | undefined;
  let chunk: Buffer | undefined;
  let toSkip = from;
  /** Offset behind the last byte that was taken from zlib. */
  let reached = 0;
  let damage: unknown;

  const next = async (): Promise<Buffer | undefined> => {
    if (damage !== undefined) throw damage;
    // Begun by the first read and not before: many files are open while one of them is read.
    chunks ??= unpack(handle)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    try {
      const { value, done } = await chunks.next();
      return done === true ? undefined : value;
    } catch (error) {
      damage = error;
      const rest = await heldBehind(handle, reached);
      if (rest.length === 0) throw error;
      return rest;
    }
  };

  return {
    async read(buffer, at, length) {
      while (chunk === undefined || chunk.length === 0) {
        chunk = await next();
        if (chunk === undefined) return 0;
        reached += chunk.length;
        const skipped = Math.min(toSkip, chunk.length);
        toSkip -= skipped;
        chunk = chunk.subarray(skipped);
      }
      const count = chunk.copy(buffer, at, 0, Math.min(length, chunk.length));
      chunk = chunk.subarray(count);
      return count;
    },
  };
}

function unpack(handle: FileHandle): Readable {
  const compressed = handle.createReadStream({ start: 0, autoClose: false });
  // Both streams end together. Whoever reads hears of an error; where nobody does, it must not end the process.
  return pipeline(compressed, createGunzip({ chunkSize: CHUNK_BYTES }), () => {}).on('error', () => {});
}

/**
 * What a damaged file holds between `offset` and the damage. A stream that fails forgets what it had unpacked and
 * nobody had taken yet, a few chunks, so they are unpacked again, this time taken at once.
 */
async function heldBehind(handle: FileHandle, offset: number): Promise<Buffer> {
  const kept: Buffer[] = [];
  let at = 0;
  const stream = unpack(handle);
  await new Promise<void>((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      if (at + chunk.length > offset) kept.push(chunk.subarray(Math.max(0, offset - at)));
      at += chunk.length;
    });
    stream.on('close', resolve);
  });
  return Buffer.concat(kept);
}
