import type { PartContext } from './context.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { EvrunError } from './errors.ts';
import type { Meta } from './event.ts';
import type { Prefilter } from './prefilter.ts';

/**
 * Where reading resumes. Opaque to the engine, which never compares two: order is the order of reading within
 * a partition and epoch. JSON-safe, so that a store can keep it.
 */
export type Offset = string | number;

/**
 * A delivery's place in its source.
 * `next` is where reading resumes once this delivery and everything before it is finished.
 * `epoch` begins at 0 and grows when a partition is assigned anew.
 */
export interface Position {
  readonly partition: string;
  readonly epoch: number;
  readonly offset: Offset;
  readonly next: Offset;
}

export type HeaderValue = string | Uint8Array;
export type Headers = Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>;

/** What a source hands to a format: the bytes (or text) of one record, not yet decoded. */
export interface SourceRecord {
  readonly value: Uint8Array | string;
  readonly key?: string | undefined;
  readonly headers?: Headers | undefined;
  /** True: header values stand as they were written, so that a `%41` is three characters also where the name begins
   *  with `ce-`, as on Pub/Sub. Absent: `ce-` headers are percent-encoded, as on HTTP. */
  readonly plainHeaders?: boolean | undefined;
  /** Milliseconds since 1970, as the source's system says. Absent where it has none. */
  readonly time?: number | undefined;
  /** True: the record has no value at all (Kafka's null); `value` is empty then. */
  readonly tombstone?: boolean | undefined;
  /** The source found that it must not be taken for an event (a signature that does not match): it is not decoded and
   *  becomes a dead letter that says why, with `value` as its raw bytes. */
  readonly refused?: EvrunError | undefined;
  /** The text that `value` carries inside its wrapping, where the source came by it on its way (the JSON of a DataHub
   *  entityChangeEvent). It says nothing that `value` does not: a format that knows it is spared the unwrapping. */
  readonly payload?: string | undefined;
  readonly meta: Meta;
}

/** One record with its position. A class with lazy getters (`meta`, `identity`) keeps the fast path cheap. */
export interface Delivery {
  readonly position: Position;
  readonly record: SourceRecord;
  /** URI reference that events without a source get, e.g. `/evrun/datahub-cloud/PlatformEvent_v1`. */
  readonly source: string;
  readonly meta: Meta;
  /** Text that names this record across redeliveries; default: source, partition and offset. */
  readonly identity?: string | undefined;
  /** A lane that the source itself has (a FIFO group), in place of the event's key. */
  readonly lane?: string | undefined;
  /** How often the source has handed it out, this time included, where it counts (SQS, Pub/Sub). Absent: failed
   *  attempts are repeated here, also where `retries` is `source`. */
  readonly receives?: number | undefined;
  /** What it weighs against `max_in_flight_bytes`. An estimate is enough. */
  readonly bytes: number;
}

/** Nothing to do in `partition` up to `next`: prefiltered records, control records, gaps. */
export interface Passed {
  readonly partition: string;
  readonly epoch: number;
  readonly next: Offset;
  /** How many records were dropped unparsed. Counted as read and dropped. */
  readonly dropped: number;
  /** How many of these are older than the start that was asked for. Default 0. */
  readonly older?: number;
}

/**
 * What one read found. An empty batch says "asked, nothing new": only that lets idle time pass.
 * `passed` takes effect after the deliveries of the same batch.
 */
export interface Batch {
  readonly deliveries: readonly Delivery[];
  readonly passed?: readonly Passed[];
}

/** Deliveries that finished out of order: `from` is the first one's offset, `to` the last one's `next`. */
export interface OffsetRange {
  readonly from: Offset;
  readonly to: Offset;
  readonly offsets: readonly Offset[];
}

/** Everything before `next` has a durable outcome; so have the deliveries in `doneBeyond`. */
export interface Progress {
  readonly partition: string;
  readonly epoch: number;
  readonly next: Offset;
  readonly doneBeyond: readonly OffsetRange[];
}

/** What became of a delivery. `held`: safe in a gather's journal; `returned`: given back to its source. */
export type Outcome = 'acted' | 'dropped' | 'dead' | 'held' | 'returned';

export interface Settled {
  readonly delivery: Delivery;
  readonly outcome: Outcome;
  /** For `returned`: how long the source should keep it back, in milliseconds. */
  readonly afterMs?: number;
}

export interface Lag {
  /** Records behind the newest one, as far as known. */
  readonly events?: number;
  /** Bytes behind the end (files). */
  readonly bytes?: number;
  /** Per partition, in the same unit. */
  readonly partitions?: Readonly<Record<string, number>>;
}

/** Where to begin: `time` is milliseconds since 1970. */
export type StartPoint =
  | { readonly at: 'earliest' }
  | { readonly at: 'latest' }
  | { readonly at: 'time'; readonly time: number };

export interface Start {
  /** Used where nothing is stored, or where `ignoreStored` says so. */
  readonly point: StartPoint;
  /** `lookback_days` as the recipe has it, for servers that take days instead of a time. */
  readonly lookbackDays?: number;
  /**
   * `--since`, `--reset-offsets`, `reset_offsets: true`. True at most once per process start. A source that
   * honours it stores where it began before it hands over the first delivery, so that a restart goes on there.
   */
  readonly ignoreStored: boolean;
}

export interface SourceContext extends PartContext {
  readonly start: Start;
  /** `--until-caught-up`: end `read` once everything that was there at the start has been handed over. */
  readonly untilCaughtUp: boolean;
  /** Set where leading filters let records be dropped unparsed. */
  readonly prefilter?: Prefilter | undefined;
  /** Aborted when the pipeline stops. */
  readonly signal: AbortSignal;
  /** `shutdown_timeout_seconds`: a read must end within this after its signal aborted. Absent: 10,000. */
  readonly shutdownTimeoutMs?: number | undefined;
  /** `retry_count`, for sources whose system counts deliveries too. Absent: 3. */
  readonly retryCount?: number | undefined;
  /** `max_in_flight` and its bytes: no batch needs to be larger. */
  readonly maxBatch: { readonly events: number; readonly bytes: number };
  /**
   * Runs `operation` until it succeeds. An error that says `retry: 'later'` is an outage: logged at once and
   * then once a minute with a count, waited out with backoff (its `retryAfterMs` first), shown by `/readyz`;
   * given up after `max_outage_seconds` if set, and at the start after 60 s at the latest. Other errors are thrown as
   * they are. `what` completes the sentence "cannot …", e.g. `poll https://acme.acryl.io`.
   */
  reach<T>(what: string, operation: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /**
   * Partitions are being taken away. Waits for what is in work (at most `deadlineMs`), commits it, and ends
   * their epoch: outcomes that arrive later are dropped and counted. Never throws for a missed deadline.
   */
  revoke(partitions: readonly string[], deadlineMs: number): Promise<void>;
}

/** Where events come from. All methods are called by the engine only, `open` first, `close` last. */
export interface Source {
  /** Connects and seeks. Throws EvrunError. */
  open(): Promise<void>;
  /** Batches as they arrive, until the source ends or `signal` aborts (then it returns, it does not throw).
   *  Nothing is read until the engine asks for the next batch. */
  read(signal: AbortSignal): AsyncIterable<Batch>;
  /** Stores positions durably. Called with what moved since the last call, never concurrently with itself. */
  commit?(progress: readonly Progress[]): Promise<void>;
  /** Acknowledges one by one (delete, ack, reply). Called after the outcomes are durable. */
  settle?(done: readonly Settled[]): Promise<void>;
  /** Also files a dead letter where the source's system keeps them (a topic). Called once its line is in
   *  `failed_events.log`, before the delivery's outcome; not in a run that ends on it (THROW). */
  deadLetter?(letter: DeadLetter, delivery: Delivery): Promise<void>;
  /** Called every `extendEveryMs` with everything that is still in work. */
  extend?(open: readonly Delivery[]): Promise<void>;
  readonly extendEveryMs?: number;
  lag?(): Promise<Lag>;
  /** The partitions that are read now, so that `--until` knows when the last one has passed it. */
  partitions?(): readonly string[];
  /** Tells why nothing was read lately, for `/readyz`; undefined = healthy. */
  stalled?(): string | undefined;
  /** Reopens files (SIGHUP). */
  reopen?(): Promise<void>;
  /** Idempotent, legal in any state, also before `open`. */
  close(): Promise<void>;
}
