/** The last `maxBytes` of a stream that may be endless, for an error message. */
export class OutputTail {
  private readonly maxBytes: number;
  private chunks: Buffer[] = [];
  private bytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  add(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.bytes > 2 * this.maxBytes) {
      const kept = Buffer.concat(this.chunks).subarray(-this.maxBytes);
      this.chunks = [Buffer.from(kept)];
      this.bytes = kept.length;
    }
  }

  /** One line, without control characters. */
  text(): string {
    return Buffer.concat(this.chunks)
      .subarray(-this.maxBytes)
      .toString()
      .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
      .trim();
  }
}
