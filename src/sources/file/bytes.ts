import type { FileHandle } from 'node:fs/promises';
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
