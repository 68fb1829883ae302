import { DecodeError } from '../../contract/errors.ts';
import type { Meta } from '../../contract/event.ts';
import type { Delivery, Position, SourceRecord } from '../../contract/source.ts';

/** What the lines of one input have in common. */
export interface LineStream {
  readonly partition: string;
  /** URI reference, see Delivery. */
  readonly source: string;
  /** How errors call it: a path, `standard input`. */
  readonly name: string;
  metaOf(offset: number): Meta;
}

/** Delivery, position and record in one object: a line that a filter drops costs no more than this. */
abstract class Line implements Delivery, Position {
  /** Byte where the line begins. */
  readonly offset: number;
  /** Byte where the next line begins. */
  readonly next: number;
  protected readonly stream: LineStream;

  constructor(stream: LineStream, offset: number, next: number) {
    this.offset = offset;
    this.next = next;
    this.stream = stream;
  }

  abstract readonly record: SourceRecord;

  get position(): Position {
    return this;
  }

  get partition(): string {
    return this.stream.partition;
  }

  get epoch(): number {
    return 0;
  }

  get source(): string {
    return this.stream.source;
  }

  get meta(): Meta {
    return this.stream.metaOf(this.offset);
  }

  get bytes(): number {
    return this.next - this.offset;
  }
}

export class TextLine extends Line implements SourceRecord {
  readonly value: string | Uint8Array;

  constructor(stream: LineStream, offset: number, next: number, value: string | Uint8Array) {
    super(stream, offset, next);
    this.value = value;
  }

  override get record(): SourceRecord {
    return this;
  }
}

/** A line over the limit was not kept. Whoever wants its value learns why it cannot be decoded. */
export class OversizedLine extends Line implements SourceRecord {
  private readonly length: number;
  private readonly limit: number;

  constructor(stream: LineStream, offset: number, next: number, length: number, limit: number) {
    super(stream, offset, next);
    this.length = length;
    this.limit = limit;
  }

  override get record(): SourceRecord {
    return this;
  }

  /** Its bytes were let go: it weighs nothing. */
  override get bytes(): number {
    return 0;
  }

  get value(): never {
    throw new DecodeError(
      `the line at byte ${this.offset} of ${this.stream.name} is ${this.length} bytes long, more than ` +
        `max_line_bytes (${this.limit}); it was skipped. Raise max_line_bytes to read it`,
    );
  }
}
