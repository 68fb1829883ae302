/** One line of `failed_events.log`. The first three keys are DataHub's; null in all three for poison. */
export interface DeadLetter {
  readonly event_type: string | null;
  /** The JSON text of the original data, so that numbers keep their spelling; undefined = none (null). */
  readonly eventText: string | undefined;
  readonly meta: unknown;
  readonly evrun: DeadLetterDetails;
}

export interface DeadLetterDetails {
  readonly id: string;
  readonly pipeline: string;
  readonly recipe_hash: string;
  /** The step that failed: `decode`, `filter`, `filters[0] where`, `transform[1] map`, `action http`. */
  readonly step: string;
  readonly error: { readonly code: string; readonly message: string };
  readonly attempts: readonly { readonly at: string; readonly error: string }[];
  /** When it was given up, RFC 3339. */
  readonly at: string;
  /** False where the position did not move past it (`failure_mode: THROW`). */
  readonly committed: boolean;
  readonly position: { readonly partition: string; readonly offset: string | number };
  readonly key?: string | undefined;
  readonly headers?: unknown;
  readonly time?: string | undefined;
  /** CloudEvents attributes of the original: source, subject, time, datacontenttype, extensions, … */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  /** What the source tells of the record, for poison: `meta` itself is DataHub's, and null there. */
  readonly meta?: Readonly<Record<string, unknown>> | undefined;
  /** The record's bytes in base64, for poison and for data that is not JSON. */
  readonly raw?: string | undefined;
}

export interface DeadLetters {
  /** Path of the file that a person would `tail -f`. */
  readonly path: string;
  /** Resolves once the line is on disk. Concurrent appends share one fsync. Throws EvrunError if it cannot. */
  append(letter: DeadLetter): Promise<void>;
  reopen(): Promise<void>;
  close(): Promise<void>;
}
