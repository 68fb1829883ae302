const FIRST_BYTES = 512;
const LARGEST_SMALL = 2 ** 30;

/** Bytes in Avro's binary encoding, appended one value after another. Each method gives the output itself. */
export class Output {
  private buffer = Buffer.allocUnsafe(FIRST_BYTES);
  /** May be set back to take away what was appended since. */
  length = 0;

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  byte(value: number): this {
    this.reserve(1);
    this.buffer[this.length++] = value;
    return this;
  }

  /** A safe integer, zigzag and in groups of seven bits. */
  long(value: number): this {
    if (value < -LARGEST_SMALL || value >= LARGEST_SMALL) return this.bigLong(BigInt(value));
    this.reserve(5);
    let rest = (value << 1) ^ (value >> 31);
    while (rest & ~0x7f) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
    return this;
  }

  /** A long of 64 bits. */
  bigLong(value: bigint): this {
    this.reserve(10);
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    for (; rest > 0x7fn; rest >>= 7n) this.buffer[this.length++] = Number(rest & 0x7fn) | 0x80;
    this.buffer[this.length++] = Number(rest);
    return this;
  }

  float(value: number): this {
    this.reserve(4);
    this.length = this.buffer.writeFloatLE(value, this.length);
    return this;
  }

  double(value: number): this {
    this.reserve(8);
    this.length = this.buffer.writeDoubleLE(value, this.length);
    return this;
  }

  text(value: string): this {
    const length = Buffer.byteLength(value);
    this.long(length);
    this.reserve(length);
    this.buffer.write(value, this.length, 'utf8');
    this.length += length;
    return this;
  }

  raw(value: Uint8Array): this {
    this.reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
    return this;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + more));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}
