import { crc32 } from 'node:zlib';
import type { Ranges } from '../../support/lines/done-ranges.ts';

/*
 * What was finished beyond the committed offset, as the text that a group keeps beside that offset: after a crash
 * only what was unfinished comes again. A broker takes 4,096 bytes; what does not fit is left out and comes again.
 *
 *   evrun1 <kind> <checksum> <base64url>
 *
 * `r`: run lengths, as pairs of varints (how many are not done, how many are). `b`: one bit for each offset. The
 * shorter one is taken. The first run, or bit, is that of the committed offset. The checksum is over the offset too: a
 * tool that moves a group's offset may leave the text beside it alone.
 */

const MARK = 'evrun1';
export const MOST_METADATA_BYTES = 4096;
/** The mark, the kind, eight digits, and the blanks between them. */
const HEAD_BYTES = MARK.length + 1 + 1 + 1 + 8 + 1;
const MOST_PAYLOAD_BYTES = Math.floor(((MOST_METADATA_BYTES - HEAD_BYTES) * 3) / 4);
const NOTHING: Ranges = [];

/** `ranges` are ascending, apart, and none begins before `offset`. Null: there is nothing to keep. */
export function writeDoneSet(offset: number, ranges: Ranges): string | null {
  if (ranges.length === 0) return null;
  const runs = runLengths(offset, ranges);
  const bits = bitmap(offset, ranges);
  const better =
    runs.until > bits.until || (runs.until === bits.until && runs.bytes.length <= bits.bytes.length);
  const [kind, { bytes }] = better ? (['r', runs] as const) : (['b', bits] as const);
  if (bytes.length === 0) return null;
  const payload = bytes.toString('base64url');
  return `${MARK} ${kind} ${checksum(offset, kind, payload)} ${payload}`;
}

/** Nothing, for a text that is not ours, is damaged, or belongs to another offset. */
export function readDoneSet(offset: number, metadata: string | null | undefined): Ranges {
  const match = /^evrun1 ([rb]) ([0-9a-f]{8}) ([\w-]+)$/.exec(metadata ?? '');
  const [, kind, sum, payload] = match ?? [];
  if (kind === undefined || payload === undefined || checksum(offset, kind, payload) !== sum) return NOTHING;
  const bytes = Buffer.from(payload, 'base64url');
  return kind === 'r' ? rangesOfRuns(offset, bytes) : rangesOfBits(offset, bytes);
}

/** A text that another program keeps beside its offset. It is left as it is. */
export function isForeign(metadata: string | null | undefined): metadata is string {
  return metadata !== null && metadata !== undefined && metadata !== '' && !metadata.startsWith(`${MARK} `);
}

interface Encoded {
  readonly bytes: Buffer;
  /** Everything done before this offset is kept. */
  readonly until: number;
}

function runLengths(offset: number, ranges: Ranges): Encoded {
  const bytes: number[] = [];
  let at = offset;
  for (const [from, to] of ranges) {
    const pair = [...varint(from - at), ...varint(to - from)];
    if (bytes.length + pair.length > MOST_PAYLOAD_BYTES) break;
    bytes.push(...pair);
    at = to;
  }
  return { bytes: Buffer.from(bytes), until: at };
}

function rangesOfRuns(offset: number, bytes: Buffer): Ranges {
  const ranges: [number, number][] = [];
  let at = offset;
  let cursor = 0;
  const number = (): number => {
    let value = 0;
    for (let scale = 1; cursor < bytes.length; scale *= 128) {
      const byte = bytes[cursor] as number;
      cursor += 1;
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value;
  };
  while (cursor < bytes.length) {
    const from = at + number();
    at = from + number();
    ranges.push([from, at]);
  }
  return ranges;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

function bitmap(offset: number, ranges: Ranges): Encoded {
  const end = offset + MOST_PAYLOAD_BYTES * 8;
  const last = ranges.findLast(([from]) => from < end);
  if (last === undefined) return { bytes: Buffer.alloc(0), until: offset };
  const until = Math.min(last[1], end);
  const bytes = Buffer.alloc(Math.ceil((until - offset) / 8));
  for (const [from, to] of ranges) {
    for (let bit = from - offset; bit < Math.min(to, until) - offset; bit += 1) {
      bytes[bit >> 3] = (bytes[bit >> 3] as number) | (1 << (bit & 7));
    }
  }
  return { bytes, until };
}

function rangesOfBits(offset: number, bytes: Buffer): Ranges {
  const ranges: [number, number][] = [];
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    if (((bytes[bit >> 3] as number) & (1 << (bit & 7))) === 0) continue;
    const last = ranges.at(-1);
    if (last?.[1] === offset + bit) last[1] += 1;
    else ranges.push([offset + bit, offset + bit + 1]);
  }
  return ranges;
}

function checksum(offset: number, kind: string, payload: string): string {
  return crc32(`${offset} ${kind} ${payload}`).toString(16).padStart(8, '0');
}
