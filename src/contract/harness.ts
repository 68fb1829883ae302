import type { DatahubConnection } from './context.ts';
import type { DecodedEvent, Event } from './event.ts';
import type { SourceRecord } from './source.ts';

/**
 * How the conformance suites (test/suites) reach a connector's outside world. Each connector's folder has a
 * `harness.ts` that exports one of these as `harness`; a connector without one is a red test.
 */
export interface SourceHarness {
  readonly kind: 'source';
  /** A fresh, empty outside world: a folder, a server on loopback. */
  start(): Promise<SourceWorld>;
  /** Scenarios of the suite that cannot apply, each with its reason. */
  readonly skips?: Readonly<Record<string, string>>;
}

export interface SourceWorld {
  /** The source's `config` to read this world; without start and end keys. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly datahub?: DatahubConnection;
  /** Puts events into the world, to be delivered in this order: `n` is found again as `readN(event)`. */
  put(numbers: readonly number[]): Promise<void>;
  /** Puts a record that the format cannot decode. */
  putPoison?(): Promise<void>;
  readN(event: Event): number;
  /** The outside world goes away, and comes back. Absent where it cannot (files). */
  breakDown?(): Promise<void>;
  recover?(): Promise<void>;
  stop(): Promise<void>;
}

export interface ActionHarness {
  readonly kind: 'action';
  start(): Promise<ActionWorld>;
  readonly skips?: Readonly<Record<string, string>>;
}

export interface ActionWorld {
  readonly config: Readonly<Record<string, unknown>>;
  /** Ids of the events that arrived, in order of arrival, repeats included. Absent: nothing to look at. */
  received?(): Promise<readonly string[]>;
  /** The next `n` attempts fail in a way that may be tried again / for good. */
  failNext?(n: number, how: 'later' | 'never'): Promise<void>;
  /** The next attempt hangs until its signal aborts. */
  hangNext?(): Promise<void>;
  stop(): Promise<void>;
}

export interface TransformerHarness {
  readonly kind: 'transformer';
  readonly cases: readonly {
    readonly name: string;
    readonly config: Readonly<Record<string, unknown>>;
    readonly event: DecodedEvent;
    /** What comes out, attribute by attribute; `null` = dropped; `throws` = the attempt fails. */
    readonly out: Partial<DecodedEvent> | readonly Partial<DecodedEvent>[] | null | 'throws';
  }[];
}

export interface FormatHarness {
  readonly kind: 'format';
  readonly config?: Readonly<Record<string, unknown>>;
  readonly good: readonly {
    readonly name: string;
    readonly record: SourceRecord;
    readonly event: Partial<DecodedEvent>;
  }[];
  readonly ignored?: readonly { readonly name: string; readonly record: SourceRecord }[];
  readonly bad: readonly { readonly name: string; readonly record: SourceRecord; readonly message: RegExp }[];
}
