/**
 * How much memory compressed bytes will take, read from their headers before anything is decompressed. Every
 * function throws a RangeError or Error for bytes that are not of its format.
 */

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** The magic, a version and the oldest version that can read it. */
const XERIAL_HEADER_BYTES = 16;

/** The raw snappy blocks of a batch: Java clients put several into a frame of their own, others send one. */
export function snappyChunks(bytes: Buffer, most: number): Buffer[] {
  const chunks: Buffer[] = [];
  if (bytes.subarray(0, 8).equals(XERIAL_MAGIC)) {
    let at = XERIAL_HEADER_BYTES;
    while (at < bytes.length) {
      const size = bytes.readInt32BE(at);
      at += 4;
      if (size < 1 || at + size > bytes.length) throw new Error('a block reaches beyond the end');
      chunks.push(bytes.subarray(at, at + size));
      at += size;
    }
  } else chunks.push(bytes);
  let total = 0;
  for (const chunk of chunks) {
    total += snappyLength(chunk);
    if (total > most) throw new Error(`it says to hold ${total} bytes, and at most ${most} are read`);
  }
  return chunks;
}

/** The length that a block says it has: a varint of 32 bits. */
function snappyLength(chunk: Buffer): number {
  let length = 0;
  for (let index = 0; index < 5; index++) {
    const byte = chunk.readUInt8(index);
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return length;
  }
  throw new Error('its length is damaged');
}

const LZ4_MAGIC = 0x184d2204;
const LZ4_BLOCK_BYTES: Readonly<Record<number, number>> = {
  4: 64 * 1024,
  5: 256 * 1024,
  6: 1024 * 1024,
  7: 4 * 1024 * 1024,
};

/** The most that a frame's blocks can hold. */
export function lz4MostBytes(bytes: Buffer): number {
  if (bytes.readUInt32LE(0) !== LZ4_MAGIC) throw new Error('it is no lz4 frame');
  const flags = bytes.readUInt8(4);
  const blockBytes = LZ4_BLOCK_BYTES[(bytes.readUInt8(5) >> 4) & 7];
  if (blockBytes === undefined) throw new Error('its block size is damaged');
  const [blockChecksum, contentSize, dictionary] = [flags & 0x10, flags & 0x08, flags & 0x01];
  let at = 6 + (contentSize ? 8 : 0) + (dictionary ? 4 : 0) + 1;
  let most = 0;
  while (at < bytes.length) {
    const word = bytes.readUInt32LE(at);
    at += 4;
    if (word === 0) return most;
    const stored = word & 0x7fff_ffff;
    if (stored > blockBytes) throw new Error('a block is larger than its frame allows');
    // A byte of lz4 stands for 255 at most.
    most += word >= 0x8000_0000 ? stored : Math.min(blockBytes, stored * 255);
    at += stored + (blockChecksum ? 4 : 0);
  }
  throw new Error('it has no end');
}

const ZSTD_MAGIC = 0xfd2fb528;
const ZSTD_BLOCK_BYTES = 128 * 1024;

export interface ZstdFrame {
  readonly bytes: Buffer;
  /** The most that it holds; what it says itself, where it does. */
  readonly most: number;
}

/** The frames of a batch, most have one. */
export function zstdFrames(bytes: Buffer): ZstdFrame[] {
  const frames: ZstdFrame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const magic = bytes.readUInt32LE(at);
    const skippable = (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
    if (!skippable && magic !== ZSTD_MAGIC) throw new Error('it is no zstd frame');
    if (skippable) {
      at += 8 + bytes.readUInt32LE(at + 4);
      continue;
    }
    const frame = zstdFrame(bytes, at);
    frames.push({ bytes: bytes.subarray(at, frame.end), most: frame.most });
    at = frame.end;
  }
  return frames;
}

function zstdFrame(bytes: Buffer, start: number): { end: number; most: number } {
  const descriptor = bytes.readUInt8(start + 4);
  const single = (descriptor & 0x20) !== 0;
  const sizeAt = start + (single ? 5 : 6) + ([0, 1, 2, 4][descriptor & 3] as number);
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  let at = sizeAt + sizeBytes;
  let most = 0;
  for (let last = false; !last; ) {
    const header = bytes.readUIntLE(at, 3);
    const size = header >> 3;
    const type = (header >> 1) & 3;
    last = (header & 1) === 1;
    if (type === 3 || (type === 1 && size > ZSTD_BLOCK_BYTES)) throw new Error('a block is damaged');
    most += type === 2 ? ZSTD_BLOCK_BYTES : size;
    at += 3 + (type === 1 ? 1 : size);
    if (at > bytes.length) throw new Error('it has no end');
  }
  return {
    end: at + ((descriptor & 4) === 0 ? 0 : 4),
    most: Math.min(most, sizeSaid(bytes, sizeAt, sizeBytes)),
  };
}

function sizeSaid(bytes: Buffer, at: number, length: number): number {
  switch (length) {
    case 0:
      return Number.POSITIVE_INFINITY;
    case 1:
      return bytes.readUInt8(at);
    case 2:
      return bytes.readUInt16LE(at) + 256;
    case 4:
      return bytes.readUInt32LE(at);
    default:
      return Number(bytes.readBigUInt64LE(at));
  }
}
