import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Chunk } from '../../support/files/durable-log-group.ts';

/**
 * The bytes of state files, of the log's segments and of the snapshot alike:
 *
 *     evrun-state 1 written by evrun 0.1.0\n        a line that `head -1` shows
 *     [length u32][crc32 u32][JSON text]            records, little-endian
 *
 * The first record is an object that says what the file is. In a segment each further record is one group of
 * writes that were synced together, `[["key",value],["removed key"]]`: a group is there whole or not at all, and
 * nothing is written after it until it was synced. So what follows a bad record tells damage from a torn tail.
 */

export const FORMAT_VERSION = 1;

export interface SegmentHead {
  readonly pipeline: string;
  readonly segment: number;
  /** How much of the segment before this one counts. Absent in the first. */
  readonly after?: { readonly segment: number; readonly bytes: number };
}

export interface SnapshotHead {
  readonly pipeline: string;
  readonly keys: number;
  /** The first segment that is not in the snapshot. */
  readonly next: number;
}

export const HEAD_LINE = /^evrun-state (\d{1,9}) written by (evrun [^\n]{1,40})\n/;
export const MAX_HEAD_LINE = 80;
export const RECORD_PREFIX = 8;

/** The beginning of a state file: the line, and the record that says what it is. */
export function fileHead(head: SegmentHead | SnapshotHead): Buffer {
  const line = `evrun-state ${FORMAT_VERSION} written by evrun ${ownVersion()}\n`;
  return Buffer.concat([Buffer.from(line), record(JSON.stringify(head))]);
}

export function record(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(RECORD_PREFIX + length);
  bytes.writeUInt32LE(length, 0);
  bytes.write(text, RECORD_PREFIX);
  bytes.writeUInt32LE(crc32(bytes.subarray(RECORD_PREFIX)), 4);
  return bytes;
}

/** One group of writes; each chunk is a list of changes without its brackets. */
export function groupRecord(chunks: readonly Chunk[]): Buffer {
  return record(`[${chunks.join(',')}]`);
}

/**
 * Text of the record at `at`. `short`: it would end beyond `bytes`, and might be whole in a longer piece; `bad`:
 * no record begins here. A length of zero is bad: files that lost their end in a power failure are full of zeros.
 */
export function recordAt(bytes: Buffer, at: number): { text: string; next: number } | 'short' | 'bad' {
  if (at + RECORD_PREFIX > bytes.length) return 'short';
  const length = bytes.readUInt32LE(at);
  if (length === 0) return 'bad';
  const start = at + RECORD_PREFIX;
  const next = start + length;
  if (next > bytes.length) return 'short';
  if (crc32(bytes.subarray(start, next)) !== bytes.readUInt32LE(at + 4)) return 'bad';
  return { text: bytes.toString('utf8', start, next), next };
}

/** Whether a whole record begins anywhere in `bytes`. JSON text holds no zero byte, so that none hides inside one. */
export function holdsRecord(bytes: Buffer): boolean {
  for (let at = 0; at + RECORD_PREFIX < bytes.length; at++) {
    if (bytes[at + RECORD_PREFIX] === OPENING_BRACKET && typeof recordAt(bytes, at) === 'object') return true;
  }
  return false;
}

const OPENING_BRACKET = 0x5b;

let version: string | undefined;

function ownVersion(): string {
  version ??= readVersion();
  return version;
}

function readVersion(): string {
  try {
    const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
    const found: unknown = (JSON.parse(text) as { version?: unknown }).version;
    return typeof found === 'string' ? found : 'unknown';
  } catch {
    return 'unknown';
  }
}
