/** One record to produce. */
export interface OutMessage {
  readonly topic: string;
  /** Default: by the key, as Java's producer chooses; without a key, one partition for each call of `send`. */
  readonly partition?: number | undefined;
  readonly key?: string | Uint8Array | undefined;
  /** Null: a tombstone. */
  readonly value: string | Uint8Array | null;
  readonly headers?: Readonly<Record<string, OutHeader | readonly OutHeader[]>> | undefined;
  /** Milliseconds since 1970; default: now. */
  readonly time?: number | undefined;
}

type OutHeader = string | Uint8Array;

/** What a record takes in a batch without its key, value and headers, at most: lengths, attributes, time, offset. */
const RECORD_BYTES = 36;
/** The head of a record batch. */
export const BATCH_BYTES = 61;

/** What a message takes in a batch, uncompressed: never too little, a few bytes too much. */
export function recordBytes({ key, value, headers }: OutMessage): number {
  let bytes = RECORD_BYTES + sizeOf(key) + sizeOf(value);
  if (headers === undefined) return bytes;
  for (const name in headers) {
    const values = headers[name] as OutHeader | readonly OutHeader[];
    const nameBytes = Buffer.byteLength(name) + 2 * VARINT;
    if (typeof values === 'string' || values instanceof Uint8Array) bytes += nameBytes + sizeOf(values);
    else for (const each of values) bytes += nameBytes + sizeOf(each);
  }
  return bytes;
}

const VARINT = 5;

function sizeOf(part: string | Uint8Array | null | undefined): number {
  if (part === null || part === undefined) return 0;
  return typeof part === 'string' ? Buffer.byteLength(part) : part.byteLength;
}
