/**
 * The codecs of compressed batches: one of snappy, lz4 or zstd without a codec ends a kafkajs consumer for good.
 * They are registered before the first fetch and their packages loaded with the first batch that needs one.
 *
 * No batch becomes larger than `MOST_BYTES`, whatever it says: a thousand bytes can claim to be gigabytes. A batch
 * that is larger, or damaged, throws `CompressionError`; the partition cannot be read past it.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { EvrunError, messageOf } from '../../contract/errors.ts';
import { lz4MostBytes, snappyChunks, zstdFrames } from './codec-sizes.ts';

/** The most that one batch may decompress to: brokers take batches of 1 MB compressed unless told otherwise. */
export const MOST_BYTES = 128 * 1024 * 1024;

export interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

type CodecName = 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** kafkajs's own numbers of the codecs. */
const NUMBERS: Readonly<Record<CodecName, number>> = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 };

/** Idempotent. `registry` is kafkajs's `CompressionCodecs`. */
export function registerCodecs(registry: Record<number, unknown>): void {
  for (const [name, number] of Object.entries(NUMBERS)) {
    const codec = guarded(name as CodecName);
    registry[number] = () => codec;
  }
}

const CODECS: Readonly<Record<CodecName, Codec>> = {
  gzip: {
    compress: ({ buffer }) => promisify(gzip)(buffer),
    decompress: (bytes) => promisify(gunzip)(bytes, { maxOutputLength: MOST_BYTES }),
  },
  snappy: {
    compress: async (encoder) => (await snappy()).compress(encoder),
    async decompress(bytes) {
      const codec = await snappy();
      const parts: Buffer[] = [];
      for (const chunk of snappyChunks(bytes, MOST_BYTES)) parts.push(await codec.decompress(chunk));
      return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    },
  },
  lz4: {
    compress: async ({ buffer }) => (await import('lz4-napi')).compressFrame(buffer),
    async decompress(bytes) {
      const most = lz4MostBytes(bytes);
      if (most > MOST_BYTES) throw tooLarge(most);
      return (await import('lz4-napi')).decompressFrame(bytes);
    },
  },
  zstd: {
    compress: () => {
      throw new EvrunError('EVR_RECIPE', 'evrun reads zstd and does not write it: use lz4, snappy or gzip');
    },
    async decompress(bytes) {
      const frames = zstdFrames(bytes);
      const most = frames.reduce((sum, frame) => sum + frame.most, 0);
      if (most > MOST_BYTES) throw tooLarge(most);
      const { decompress } = await import('fzstd');
      // Into memory of our own: left to itself, fzstd moves its whole window with every block. What a frame that
      // does not say its size leaves unused stays zero, behind the last record.
      const parts = frames.map((frame) => decompress(frame.bytes, new Uint8Array(frame.most)));
      return Buffer.concat(parts);
    },
  },
};

async function snappy(): Promise<Codec> {
  return (await import('kafkajs-snappy')).default();
}

function tooLarge(bytes: number): Error {
  return new Error(`it decompresses to ${bytes} bytes or more, and at most ${MOST_BYTES} are read`);
}

/** A batch that cannot be decompressed. `retriable` is what kafkajs looks at: the batch will not get better. */
export class CompressionError extends Error {
  readonly retriable = false;
}

function guarded(name: CodecName): Codec {
  const { compress, decompress } = CODECS[name];
  return {
    compress,
    async decompress(bytes) {
      try {
        return await decompress(bytes);
      } catch (cause) {
        throw new CompressionError(`a batch compressed with ${name} cannot be read: ${messageOf(cause)}`, {
          cause,
        });
      }
    },
  };
}
