import { isAscii, isUtf8 } from 'node:buffer';
import type { Prefilter, RangePrefilter } from '../../contract/prefilter.ts';
import type { Batch, Delivery, SourceContext } from '../../contract/source.ts';
import { type LineStream, OversizedLine, TextLine } from './line-delivery.ts';
import type { Region } from './line-reader.ts';

// Cuts regions of whole lines into deliveries. The bytes are cut as latin-1 text, where a character is a byte:
// offsets need no counting, the prefilter's ASCII strings are found as they are, and where all bytes are ASCII
// the lines are slices of that one text. Only lines that may match are decoded as UTF-8 otherwise.
// Blank lines are no events. A line that is not UTF-8 is handed over as bytes: its format says what that means.

export interface CutOptions {
  readonly stream: LineStream;
  readonly maxLineBytes: number;
  readonly maxBatch: SourceContext['maxBatch'];
  readonly prefilter?: Prefilter | undefined;
  /** True for the offset of a line that has an outcome already. */
  readonly done?: ((offset: number) => boolean) | undefined;
}

// The text of a piece of up to 128 KiB is an ordinary object to V8; a larger one gets memory pages of its own,
// which were measured to cost more than cutting its lines.
const PIECE_BYTES = 112 * 1024;
const NEWLINE = 10;

/** The lines of a region in order, in batches of at most `maxBatch`. */
export function* batchesOf(region: Region, options: CutOptions): Generator<Batch> {
  const { bytes, base } = region;
  if (bytes.length <= PIECE_BYTES) return yield* batchesOfPiece(region, options);
  for (let start = 0; start < bytes.length; ) {
    const end = pieceEnd(bytes, start);
    yield* batchesOfPiece(
      { base: base + start, bytes: bytes.subarray(start, end), next: base + end },
      options,
    );
    start = end;
  }
}

/** Behind the last line that fits, or behind the one line that does not. */
function pieceEnd(bytes: Buffer, start: number): number {
  const most = start + PIECE_BYTES;
  if (most >= bytes.length) return bytes.length;
  const last = bytes.lastIndexOf(NEWLINE, most - 1);
  if (last >= start) return last + 1;
  const next = bytes.indexOf(NEWLINE, most);
  return next === -1 ? bytes.length : next + 1;
}

function* batchesOfPiece(region: Region, options: CutOptions): Generator<Batch> {
  const { stream, maxBatch, done } = options;
  const cutter = new Cutter(region, options);
  let deliveries: Delivery[] = [];
  let bytes = 0;
  let reached = region.base;
  for (let line = cutter.next(); line !== undefined; line = cutter.next()) {
    if (done?.(line.offset)) continue;
    if (
      deliveries.length > 0 &&
      (deliveries.length >= maxBatch.events || bytes + line.bytes > maxBatch.bytes)
    ) {
      yield { deliveries };
      deliveries = [];
      bytes = 0;
    }
    deliveries.push(line);
    bytes += line.bytes;
    reached = line.next;
  }
  const { dropped } = cutter;
  if (dropped === 0 && reached === region.next) yield { deliveries };
  else {
    const passed = [{ partition: stream.partition, epoch: 0, next: region.next, dropped }];
    yield { deliveries, passed };
  }
}

class Cutter {
  /** Lines that the prefilter dropped. */
  dropped = 0;
  private readonly region: Region;
  private readonly stream: LineStream;
  private readonly maxLineBytes: number;
  private readonly text: string;
  private readonly ascii: boolean;
  private readonly utf8: boolean;
  private readonly range: RangePrefilter | undefined;
  private at: number;

  constructor(region: Region, { stream, maxLineBytes, prefilter }: CutOptions) {
    const { bytes } = region;
    this.region = region;
    this.stream = stream;
    this.maxLineBytes = maxLineBytes;
    this.text = bytes.toString('latin1');
    this.ascii = isAscii(bytes);
    this.utf8 = this.ascii || isUtf8(bytes);
    this.range = prefilter?.over(this.text);
    this.at = region.base === 0 && this.text.startsWith('\xef\xbb\xbf') ? 3 : 0;
  }

  next(): TextLine | OversizedLine | undefined {
    const { text, region, range } = this;
    if (region.oversized !== undefined) return this.oversizedRegion();
    while (this.at < text.length) {
      const start = this.at;
      const found = text.indexOf('\n', start);
      const end = found === -1 ? text.length : found;
      this.at = found === -1 ? end : found + 1;
      const stop = end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
      if (isBlank(text, start, stop)) continue;
      const offset = region.base + start;
      const next = region.base + this.at;
      if (stop - start > this.maxLineBytes) {
        return new OversizedLine(this.stream, offset, next, stop - start, this.maxLineBytes);
      }
      if (range === undefined || range.mayMatch(start, stop)) {
        return new TextLine(this.stream, offset, next, this.valueOf(start, stop));
      }
      this.dropped += 1;
    }
    return undefined;
  }

  private valueOf(start: number, stop: number): string | Uint8Array {
    const { bytes } = this.region;
    if (this.ascii) {
      // A slice keeps the whole text alive: where few lines are left of it, each gets its own.
      return this.range === undefined ? this.text.slice(start, stop) : bytes.toString('latin1', start, stop);
    }
    if (this.utf8 || isUtf8(bytes.subarray(start, stop))) return bytes.toString('utf8', start, stop);
    return Uint8Array.from(bytes.subarray(start, stop));
  }

  private oversizedRegion(): OversizedLine | undefined {
    const { base, next, oversized } = this.region;
    if (this.at > 0) return undefined;
    this.at = 1;
    return new OversizedLine(this.stream, base, next, oversized as number, this.maxLineBytes);
  }
}

function isBlank(text: string, start: number, stop: number): boolean {
  if (text.charCodeAt(start) > 32 && start < stop) return false;
  return text.slice(start, stop).trim() === '';
}
