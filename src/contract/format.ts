import type { DecodedEvent, Event } from './event.ts';
import type { CompiledFilter, Literals } from './prefilter.ts';
import type { Headers, SourceRecord } from './source.ts';

/** A record that is none of ours: dropped and counted under this reason. */
export interface Ignored {
  readonly ignored: string;
}

export interface EncodedRecord {
  readonly value: Uint8Array | string;
  readonly key?: string | undefined;
  readonly headers?: Headers | undefined;
  readonly contentType: string;
}

/** Knows bytes, not transports: the same format serves files, Kafka, SQS, Pub/Sub and HTTP. */
export interface Format {
  /** Fetches what decoding needs (a schema). Its failure is an outage, never poison. */
  prepare?(records: readonly SourceRecord[], signal: AbortSignal): Promise<void>;
  /** Pure and synchronous. Throws DecodeError for a record that it cannot read ("poison"). */
  decode(record: SourceRecord): DecodedEvent | Ignored;
  /** What the bytes of every record that passes `filter` contain. Undefined: nothing can be said. */
  literals?(filter: CompiledFilter): Literals | undefined;
  /** Absent where a format only decodes. */
  encode?(event: Event): EncodedRecord;
  /** Ends connections that `prepare` opened. Idempotent. */
  close?(): Promise<void>;
}
