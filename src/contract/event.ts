/** Free-form context of an event, filled by its source: `{ "kafka": { "topic": …, "offset": … } }`. */
export type Meta = Readonly<Record<string, unknown>>;

/** Values a CloudEvents extension attribute may have (CloudEvents 1.0.2 §3.1). */
export type ExtensionValue = boolean | number | string;

/**
 * What filters, transformers and actions work with: a CloudEvent. DataHub's `event_type` is `type`, its
 * `event` is `data`. Never changed in place: `withChanges` in `envelope.ts` makes the next one.
 */
export interface Event {
  /** Given by the producer, else a hash that a redelivery does not change. Never empty. */
  readonly id: string;
  /** URI reference of where the event happened, e.g. `/evrun/file/events.ndjson`. Never empty. */
  readonly source: string;
  /** e.g. `EntityChangeEvent_v1` or `com.example.order.created`. Never empty. */
  readonly type: string;
  /** RFC 3339 text as it came: nanoseconds survive. Absent when the event came without one. */
  readonly time?: string;
  readonly subject?: string;
  /** What must stay in order with its like: an entity's URN, a CloudEvent's `partitionkey`. */
  readonly key?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  /** Any JSON value, or bytes. `undefined` = the event has no data; `null` is a value. */
  readonly data: unknown;
  readonly extensions?: Readonly<Record<string, ExtensionValue>>;
  readonly meta: Meta;
}

/** What a format returns: an event whose id, source and meta may still be missing (the engine fills them). */
export type DecodedEvent = Omit<Event, 'id' | 'source' | 'meta'> &
  Partial<Pick<Event, 'id' | 'source' | 'meta'>>;
