import type { Readable } from 'node:stream';
import type { ByteReader } from '../../support/lines/line-reader.ts';

/** Bytes of a stream as they are asked for, and no sooner. */
export class StreamBytes implements ByteReader {
  private readonly stream: Readable;
  private chunk: Buffer = Buffer.alloc(0);
  private wake: (() => void) | undefined;
  private closed = false;
  private readonly onChange = () => this.wake?.();

  constructor(stream: Readable) {
    this.stream = stream;
    for (const event of EVENTS) stream.on(event, this.onChange);
    // For good: a failure that comes after `close` would end the process.
    if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
  }

  /** 0 at the end of the stream, and after `close`. Throws what the stream failed with. */
  async read(buffer: Buffer, at: number, length: number): Promise<number> {
    while (this.chunk.length === 0) {
      if (this.closed) return 0;
      const next: unknown = this.stream.read();
      if (next !== null) this.chunk = typeof next === 'string' ? Buffer.from(next) : (next as Buffer);
      else if (this.stream.errored) throw this.stream.errored;
      else if (this.stream.readableEnded || this.stream.destroyed) return 0;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const count = this.chunk.copy(buffer, at, 0, Math.min(length, this.chunk.length));
    this.chunk = this.chunk.subarray(count);
    return count;
  }

  /** Lets go of the stream, which stays open. */
  close(): void {
    this.closed = true;
    for (const event of EVENTS) this.stream.off(event, this.onChange);
    this.wake?.();
  }
}

const EVENTS = ['readable', 'end', 'error', 'close'] as const;

function ignore(): void {}
