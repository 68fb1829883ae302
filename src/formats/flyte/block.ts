/** Bytes that are read, and a view of the same bytes for those that read several at a time. */
export interface Block {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** How many of them count; what stands behind is of another record. */
  readonly size: number;
}

export function blockOf(bytes: Buffer): Block {
  return { bytes, view: viewOf(bytes), size: bytes.length };
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Larger than what SNS takes. */
const SCRATCH_BYTES = 256 * 1024;
let scratch: { bytes: Buffer; view: DataView; size: number } | undefined;

function scratchBlock(): { bytes: Buffer; view: DataView; size: number } {
  if (scratch !== undefined) return scratch;
  const bytes = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  scratch = { bytes, view: viewOf(bytes), size: 0 };
  return scratch;
}

/**
 * The bytes of strict base64 (RFC 4648 §4), which hold until the next call of a function in this file; undefined for
 * other text. Node's reader passes over what is no base64, so then fewer bytes come out than the length promises.
 */
export function base64Block(text: string): Block | undefined {
  const { length } = text;
  if (length === 0 || length % 4 !== 0) return undefined;
  const padding = text.charCodeAt(length - 1) !== EQUALS ? 0 : text.charCodeAt(length - 2) === EQUALS ? 2 : 1;
  const size = (length / 4) * 3 - padding;
  if (size > SCRATCH_BYTES) {
    const bytes = Buffer.from(text, 'base64');
    return bytes.length === size ? blockOf(bytes) : undefined;
  }
  const block = scratchBlock();
  if (block.bytes.write(text, 'base64') !== size) return undefined;
  block.size = size;
  return block;
}

export function base64Bytes(text: string): Buffer | undefined {
  const block = base64Block(text);
  return block === undefined ? undefined : bytesOf(block);
}

export function bytesOf({ bytes, size }: Block): Buffer {
  return bytes.subarray(0, size);
}

/** The bytes of an ASCII text, which hold as long as those of `base64Block`. Undefined where it is not ASCII. */
export function asciiBlock(text: string): Block | undefined {
  const size = text.length;
  // In UTF-8 a character has three bytes at most.
  if (size * 3 > SCRATCH_BYTES) return undefined;
  const block = scratchBlock();
  if (block.bytes.write(text, 0) !== size) return undefined;
  block.size = size;
  return block;
}

const EQUALS = 0x3d;
