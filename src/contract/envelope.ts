import type { DecodedEvent, Event, ExtensionValue, Meta } from './event.ts';
import { identityHash } from './identity.ts';
import type { Delivery } from './source.ts';

/** What `withChanges` may replace. A key that is present with `undefined` removes the attribute. */
export type EventChanges = Partial<Omit<Event, 'meta'>> & { meta?: Meta };

const NO_META: Meta = Object.freeze({});

/**
 * The one class behind every event inside evrun. What most events never need (id, source, meta, the original
 * JSON text) is computed on first use: an event that a filter drops costs one object and its parsed data.
 *
 * Formats make one per record with `new Envelope(type, data)`, or a subclass that overrides `dataText`; one that has
 * made certain that the data can be made may do so on first use, and overrides `data`, `key` and `time`. A getter never
 * throws: what cannot be decoded is found by `decode`.
 * The engine sets `origin`. Frozen by convention: nothing but the engine and the format writes to it.
 */
export class Envelope implements Event {
  readonly type: string;
  subject: string | undefined = undefined;
  datacontenttype: string | undefined = undefined;
  dataschema: string | undefined = undefined;
  extensions: Readonly<Record<string, ExtensionValue>> | undefined = undefined;
  /** The delivery that this event came in. Set by the engine after decoding, kept by `withChanges`. */
  origin: Delivery | undefined = undefined;
  /** Which part of a split delivery this is: `''` for the whole, `#0`, `#1`, `#0#1` for parts. */
  part = '';
  private readonly givenData: unknown;
  private givenKey: string | undefined = undefined;
  private givenTime: string | undefined = undefined;
  private givenId: string | undefined = undefined;
  private givenSource: string | undefined = undefined;
  private givenMeta: Meta | undefined = undefined;

  constructor(type: string, data: unknown) {
    this.type = type;
    this.givenData = data;
  }

  get data(): unknown {
    return this.givenData;
  }

  get key(): string | undefined {
    return this.givenKey;
  }

  set key(key: string | undefined) {
    this.givenKey = key;
  }

  get time(): string | undefined {
    return this.givenTime;
  }

  set time(time: string | undefined) {
    this.givenTime = time;
  }

  get id(): string {
    this.givenId ??= this.origin === undefined ? identityHash('') : deliveryId(this.origin);
    return this.part === '' ? this.givenId : this.givenId + this.part;
  }

  set id(id: string | undefined) {
    this.givenId = id;
  }

  get source(): string {
    return this.givenSource ?? this.origin?.source ?? 'evrun';
  }

  set source(source: string | undefined) {
    this.givenSource = source;
  }

  get meta(): Meta {
    return this.ownMeta ?? this.origin?.meta ?? NO_META;
  }

  set meta(meta: Meta | undefined) {
    this.givenMeta = meta;
  }

  /** What a copy keeps: undefined where the delivery's meta counts. A format that makes it on first use overrides it. */
  protected get ownMeta(): Meta | undefined {
    return this.givenMeta;
  }

  /**
   * The JSON text of `data` exactly as it stood in the record, where the format can tell: numbers beyond
   * 2^53 and their spelling survive in an event that passes unchanged. Undefined once `data` was replaced.
   */
  get dataText(): string | undefined {
    return undefined;
  }

  /**
   * The whole event as `{"event_type","event","meta"}` exactly as it stood in the record, on one line, where the
   * format reads such records. Undefined once anything was changed.
   */
  get envelopeText(): string | undefined {
    return undefined;
  }

  /** Makes an envelope of what a format or a user's module returned. Reads known attributes only. */
  static from(event: DecodedEvent): Envelope {
    if (event instanceof Envelope) return event;
    const made = new Envelope(event.type, event.data);
    made.key = event.key;
    made.time = event.time;
    made.subject = event.subject;
    made.datacontenttype = event.datacontenttype;
    made.dataschema = event.dataschema;
    made.extensions = event.extensions;
    made.givenId = event.id;
    made.givenSource = event.source;
    made.givenMeta = event.meta;
    return made;
  }

  /** @internal Used by `withChanges`. */
  copy(type: string, data: unknown): Envelope {
    const same = data === this.data ? this : undefined;
    const made = same === undefined ? new Envelope(type, data) : new SameData(type, data, same);
    made.key = this.key;
    made.time = this.time;
    made.subject = this.subject;
    made.datacontenttype = this.datacontenttype;
    made.dataschema = this.dataschema;
    made.extensions = this.extensions;
    made.origin = this.origin;
    made.part = this.part;
    made.givenId = this.givenId;
    made.givenSource = this.givenSource;
    made.givenMeta = this.ownMeta;
    return made;
  }
}

/** A changed envelope whose data is still the original's, so that the original's text still holds. */
class SameData extends Envelope {
  private readonly original: Envelope;

  constructor(type: string, data: unknown, original: Envelope) {
    super(type, data);
    this.original = original;
  }

  override get dataText(): string | undefined {
    return this.original.dataText;
  }
}

/** A new event like `event`, with `changes` in place of its attributes. The original is left as it is. */
export function withChanges(event: Event, changes: EventChanges): Event {
  const base = Envelope.from(event);
  const { type = base.type, ...rest } = changes;
  const made = base.copy(type, 'data' in changes ? changes.data : base.data);
  delete rest.data;
  return Object.assign(made, rest);
}

/** The id of an event that came without one: a redelivery of the same record does not change it. */
export function deliveryId(origin: Delivery): string {
  return recordName('', origin);
}

/**
 * Names a record within `scope` across redeliveries: a hash of its source and partition, and its offset, or a hash
 * of its identity where it has one. Neighbours share the first hash, so that most records cost none.
 */
export function recordName(scope: string, { identity, source, position }: Delivery): string {
  if (identity !== undefined) return identityHash(scope + identity);
  const { partition, offset } = position;
  if (typeof offset !== 'number') return identityHash(`${scope}${source}\n${partition}\n${offset}`);
  return `${placeHash(scope, source, partition)}-${offset}`;
}

interface Place {
  readonly scope: string;
  readonly source: string;
  readonly partition: string;
  readonly hash: string;
}

/** Those asked for last: a record is named in the scope of its id and of its idempotency key. */
let places: readonly Place[] = [];
const PLACES = 8;

function placeHash(scope: string, source: string, partition: string): string {
  for (const place of places) {
    if (place.partition === partition && place.scope === scope && place.source === source) return place.hash;
  }
  const hash = identityHash(`${scope}${source}\n${partition}`);
  places = [{ scope, source, partition, hash }, ...places.slice(0, PLACES - 1)];
  return hash;
}
