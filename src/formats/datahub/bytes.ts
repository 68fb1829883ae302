import type { BytesReader } from './avro.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const NOT_A_BYTE = /[\u0100-\uffff]/;

/**
 * Avro's JSON encoding writes a `bytes` field as one character per byte, so text in UTF-8 arrives as mojibake:
 * it is taken back to bytes and read as UTF-8. Text that is not such bytes (a server that writes raw Unicode)
 * is right as it stands.
 */
export const latin1Bytes: BytesReader = (text) => {
  // Only ASCII has as many bytes in UTF-8 as it has characters; counting them is the fastest test.
  if (Buffer.byteLength(text) === text.length || NOT_A_BYTE.test(text)) return text;
  try {
    return strictUtf8.decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
};

/** For `bytes` that are text already. */
export const asItIs: BytesReader = (text) => text;

/** The reader for `DATAHUB_AVRO_BYTES_ENCODING`: `latin-1` (default), or `utf-8` for servers that write raw text. */
export function bytesReader(encoding: string | undefined): BytesReader {
  return /^utf-?8$/i.test(encoding ?? '') ? asItIs : latin1Bytes;
}
