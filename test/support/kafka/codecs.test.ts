import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Codec,
  CompressionError,
  MOST_BYTES,
  registerCodecs,
} from '../../../src/support/kafka/codecs.ts';
import { kafkaSettings } from '../../../src/support/kafka/connection.ts';
import { explain } from '../../../src/support/kafka/refusal.ts';
import { failure } from './kit.ts';

const registry: Record<number, () => Codec> = {};
registerCodecs(registry);
const codec = (number: number) => (registry[number] as () => Codec)();
const [GZIP, SNAPPY, LZ4, ZSTD] = [1, 2, 3, 4] as const;

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** Snappy of many bytes: a length, one literal, and copies of 64 bytes that take 3 bytes each. */
function snappyBomb(size: number): Buffer {
  const length: number[] = [];
  for (let rest = size; ; rest = Math.floor(rest / 128)) {
    length.push((rest % 128) + (rest >= 128 ? 128 : 0));
    if (rest < 128) break;
  }
  return Buffer.from([
    ...length,
    0x00,
    0x41,
    ...Array.from({ length: 100 }, () => [0xfe, 0x01, 0x00]).flat(),
  ]);
}

/** A frame of blocks of 4 MB, each a run of one byte. */
function lz4Bomb(blocks: number): Buffer {
  const run = Buffer.alloc(16_500, 0xff);
  run[0] = 0x1f;
  const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]);
  return Buffer.concat([
    header,
    ...Array.from({ length: blocks }, () => Buffer.concat([int32(run.length), run])),
    int32(0),
  ]);
}

/** A frame that does not say its size, of runs of 128 kB, 4 bytes each. */
function zstdBomb(blocks: number, window: number): Buffer {
  const block = (last: boolean) => {
    const header = (131_072 << 3) | (1 << 1) | (last ? 1 : 0);
    return Buffer.from([header & 255, (header >> 8) & 255, header >> 16, 0x41]);
  };
  const all = Array.from({ length: blocks }, (_, n) => block(n === blocks - 1));
  return Buffer.concat([int32(0xfd2fb528), Buffer.from([0x00, window]), ...all]);
}

async function refused(number: number, bytes: Buffer, words: RegExp): Promise<void> {
  const before = process.memoryUsage().arrayBuffers;
  const error = (await failure(codec(number).decompress(bytes))) as Error;
  expect(error).toBeInstanceOf(CompressionError);
  expect(error.message).toMatch(words);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * MOST_BYTES);
}

describe('a decompression bomb is refused', () => {
  test('gzip', () => refused(GZIP, gzipSync(Buffer.alloc(MOST_BYTES + 1)), /gzip cannot be read/));
  test('snappy that says to be large', () =>
    refused(SNAPPY, snappyBomb(MOST_BYTES + 1), /at most 134217728 are read/));
  test('snappy in many small frames', () => {
    const chunk = snappyBomb(40_000_000);
    const size = Buffer.alloc(4);
    size.writeInt32BE(chunk.length);
    const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
    return refused(
      SNAPPY,
      Buffer.concat([header, size, chunk, size, chunk, size, chunk, size, chunk]),
      /at most/,
    );
  });
  test('lz4', () => refused(LZ4, lz4Bomb(40), /decompresses to \d+ bytes or more/));
  test('zstd of many runs', () =>
    refused(ZSTD, zstdBomb(1025, 0x10), /decompresses to 134348800 bytes or more/));
  test('zstd that says to be large and holds nothing takes no memory', async () => {
    const said = Buffer.concat([Buffer.from([0xe0]), Buffer.alloc(8, 0x7f)]);
    const frame = Buffer.concat([int32(0xfd2fb528), said, Buffer.from([1, 0, 0])]);
    expect(await codec(ZSTD).decompress(frame)).toHaveLength(0);
  });
});

test('zstd just below the bound is read, whatever window it asks for', async () => {
  // A window of 4 GB that nothing uses: without memory of our own it would be allocated and moved with each block.
  const read = await codec(ZSTD).decompress(zstdBomb(64, 0xb0));
  expect(read.length).toBe(64 * 131_072);
  expect(read.every((byte) => byte === 0x41)).toBe(true);
});

test('damaged bytes of any kind are a CompressionError, in bounded time and memory', async () => {
  const starts = [
    Buffer.alloc(0),
    int32(0x184d2204),
    int32(0xfd2fb528),
    Buffer.from([0x1f, 0x8b, 8, 0]),
    lz4Bomb(1),
    zstdBomb(2, 0x10),
  ];
  const bytes = fc.tuple(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 300 }));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(GZIP, SNAPPY, LZ4, ZSTD), bytes, async (number, [start, rest]) => {
      const read = codec(number).decompress(Buffer.concat([start, rest]));
      const error = await read.then(
        ({ length }) => (length <= MOST_BYTES ? undefined : length),
        (thrown: unknown) => thrown,
      );
      if (error !== undefined) expect(error).toBeInstanceOf(CompressionError);
    }),
    { numRuns: 300 },
  );
});

test.each([GZIP, SNAPPY, LZ4])('codec %i reads what it wrote', async (number) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
      const buffer = Buffer.from(bytes);
      const written = await codec(number).compress({ buffer });
      expect((await codec(number).decompress(written)).equals(buffer)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('zstd is not written: the error says what to use', async () => {
  const compress = async () => codec(ZSTD).compress({ buffer: Buffer.from('a') });
  await expect(compress()).rejects.toThrow(/use lz4, snappy or gzip/);
});

test('a batch that cannot be decompressed ends the pipeline, it is not read again and again', () => {
  const error = new CompressionError('a batch compressed with lz4 cannot be read: it has no end');
  const wrapped = Object.assign(new Error('retries exceeded'), {
    name: 'KafkaJSNonRetriableError',
    cause: error,
  });
  const settings = kafkaSettings({ bootstrap: 'broker:9092' }, 'consumer', {});
  expect(explain(wrapped, 'read topic a', settings)).toMatchObject({
    code: 'EVR_SOURCE',
    retry: 'never',
    message:
      'kafka: cannot read topic a (broker:9092): a batch compressed with lz4 cannot be read: it has no end',
  });
});
