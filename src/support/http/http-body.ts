/**
 * The body of an answer, as it comes. Chunks are copied at once, while they are in the processor's cache: gathered
 * first, a page of megabytes is copied from cold memory. Most answers are one chunk, which is kept as it is.
 */
export class KeptBody {
  /** The body so far is `kept[0…bytes]`. */
  private kept: Buffer | undefined = undefined;
  private bytes = 0;
  private readonly announced: number;
  private readonly maxBytes: number;
  private readonly memory: Buffer | undefined;

  /** `announced`: how long it will be, 0 where nobody says; `memory`: where it may be put, if it fits. */
  constructor(announced: number, maxBytes: number, memory: Buffer | undefined) {
    this.announced = announced;
    this.maxBytes = maxBytes;
    this.memory = memory;
  }

  get whole(): Buffer | undefined {
    return this.bytes === this.kept?.length ? this.kept : this.kept?.subarray(0, this.bytes);
  }

  add(chunk: Buffer): void {
    const needed = this.bytes + chunk.length;
    if (this.kept === undefined && needed >= this.announced) {
      this.kept = chunk;
    } else {
      if (this.kept === undefined || this.kept.length < needed) {
        const larger = this.roomFor(needed);
        this.kept?.copy(larger, 0, 0, this.bytes);
        this.kept = larger;
      }
      chunk.copy(this.kept, this.bytes);
    }
    this.bytes = needed;
  }

  private roomFor(bytes: number): Buffer {
    const { announced, kept, maxBytes, memory } = this;
    if (memory !== undefined && memory !== kept && memory.length >= Math.max(bytes, announced)) return memory;
    return Buffer.allocUnsafe(Math.max(bytes, Math.min(Math.max(announced, bytes * 2), maxBytes)));
  }
}
