/** The first `maxBytes` of what a program prints. The rest is read, so that it does not hang, and thrown away. */
export class OutputHead {
  private readonly maxBytes: number;
  private readonly chunks: Buffer[] = [];
  /** How many were kept. */
  bytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  add(chunk: Buffer): void {
    const room = this.maxBytes - this.bytes;
    if (room <= 0) return;
    const kept = chunk.subarray(0, room);
    this.chunks.push(kept);
    this.bytes += kept.length;
  }

  text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}
