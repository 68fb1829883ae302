import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { EvrunError } from '../contract/errors.ts';

export const MOST_BYTES = 1024 * 1024;

/**
 * The text of a small file: a recipe, a secret. At most 1 MiB is read, whatever the file is (a pipe and
 * `/dev/zero` have no size). A byte order mark is cut. Throws EvrunError EVR_RECIPE with one clear sentence.
 */
export function readSmallFile(path: string, what: string): string {
  const bytes = readBytes(path, what);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw wrong(`${what} ${path} is written in UTF-16, expected UTF-8. Save it as UTF-8.`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const at = firstInvalidByte(bytes);
    throw wrong(`${what} ${path} is not UTF-8 (byte ${at}). Save it as UTF-8.`);
  }
}

function readBytes(path: string, what: string): Buffer {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    if (fstatSync(file).isDirectory()) throw wrong(`${what} ${path} is a folder, expected a file.`);
    const buffer = Buffer.allocUnsafe(MOST_BYTES + 1);
    let length = 0;
    while (length < buffer.length) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
    }
    if (length > MOST_BYTES) throw wrong(`${what} ${path} is larger than 1 MiB, which no ${what} needs.`);
    return buffer.subarray(0, length);
  } catch (error) {
    if (error instanceof EvrunError) throw error;
    throw wrong(`${what} ${path} ${reason(error)}`, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'does not exist. Check the path; it is relative to the working directory.';
  if (code === 'ENOTDIR') return 'does not exist: a part of its path is no folder.';
  if (code === 'EACCES' || code === 'EPERM') return 'cannot be read: permission denied.';
  if (code === 'EISDIR') return 'is a folder, expected a file.';
  return `cannot be read (${code ?? 'unknown reason'}).`;
}

/** 0-based. Decoding in growing halves would be clever; a megabyte is small. */
function firstInvalidByte(bytes: Buffer): number {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (validUpTo(bytes, middle + 1)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function validUpTo(bytes: Buffer, end: number): boolean {
  try {
    // `stream` forgives a character that is cut at the end.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
    return true;
  } catch {
    return false;
  }
}

function wrong(sentence: string, cause?: unknown): EvrunError {
  return new EvrunError('EVR_RECIPE', sentence, { cause });
}
