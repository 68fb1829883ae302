import { hash } from 'node:crypto';
import type { Meta } from '../../contract/event.ts';
import type { Delivery, Headers, Position, SourceRecord } from '../../contract/source.ts';

import { eventTime } from './event-time.ts';
import { valueIn } from './reply.ts';
import { valuesOf } from './scan.ts';

/** What the deliveries of one page have in common. */
export interface PageOrigin {
  readonly topic: string;
  /** Running number of the page in this process, from 1: DataHub's `batch_id`. */
  readonly batch: number;
  /** Number of its first event. */
  readonly first: number;
  readonly headers: Headers;
  readonly source: string;
}

/**
 * What one poll brought. Its events are numbered on from those of the page before: the engine's offsets. DataHub
 * knows one offset for the page, so `before` is where reading resumes while any of them is unfinished.
 *
 * It keeps the answer's bytes and not the events: most events end as soon as they are read, and strings that live
 * until the next commit would cost more to keep than reading them again does in the few pages that need it.
 */
export class Page {
  readonly origin: PageOrigin;
  readonly before: string | undefined;
  after: string;
  /** Per number from `first`: the event's place in the answer, or -1 for one that the engine did not get. */
  private readonly places: Int32Array;
  private body: Buffer | undefined;
  /** Marks of events that had been finished before and were left out. */
  readonly repeated: string[];
  /** Clock.monotonic() when the engine got it. */
  readonly handedOverAt: number;
  private readonly marked = new Map<number, string>();

  constructor(
    origin: PageOrigin,
    offsets: { readonly before: string | undefined; readonly after: string },
    content: { readonly places: Int32Array; readonly body: Buffer; readonly repeated: string[] },
    handedOverAt: number,
  ) {
    this.origin = origin;
    this.before = offsets.before;
    this.after = offsets.after;
    this.places = content.places;
    this.body = content.body;
    this.repeated = content.repeated;
    this.handedOverAt = handedOverAt;
  }

  get count(): number {
    return this.places.length;
  }

  /** Bytes that it keeps. */
  get size(): number {
    return this.body?.length ?? 0;
  }

  /** Gives its bytes away: no more marks are made. */
  letGo(): readonly Buffer[] {
    const { body } = this;
    this.body = undefined;
    return body === undefined ? [] : [body];
  }

  /** The number after its last event. */
  get end(): number {
    return this.origin.first + this.places.length;
  }

  /** Marks of the delivered events for which `isDone` says so; at most `budget` of them made anew. */
  marks(
    isDone: (number: number) => boolean,
    budget: number,
  ): { readonly marks: readonly string[]; readonly made: number } {
    const marks = [...this.repeated];
    let valueAt: ((place: number) => string) | undefined;
    let made = 0;
    for (let i = 0; i < this.places.length; i += 1) {
      const place = this.places[i] as number;
      if (place === -1 || !isDone(this.origin.first + i)) continue;
      let mark = this.marked.get(i);
      if (mark === undefined) {
        if (made >= budget || this.body === undefined) continue;
        made += 1;
        valueAt ??= valuesOf(this.body);
        mark = markOf(valueAt(place));
        this.marked.set(i, mark);
      }
      marks.push(mark);
    }
    return { marks, made };
  }
}

/** It has events, and no offset before them at which they could be asked for again. */
export function isBaseless({ before, count }: Page): boolean {
  return before === undefined && count > 0;
}

/**
 * One event of a page. It is its own position and record, so that reading costs one object per event. Most events end
 * without a look at their value: where its JSON text is given, the value is made when it is asked for.
 */
export class CloudDelivery implements Delivery, Position, SourceRecord {
  readonly offset: number;
  readonly payload: string | undefined;
  private readonly origin: PageOrigin;
  private readonly text: string;
  private made: string | undefined;

  private constructor(
    origin: PageOrigin,
    offset: number,
    text: string,
    made: string | undefined,
    payload: string | undefined,
  ) {
    this.origin = origin;
    this.offset = offset;
    this.text = text;
    this.made = made;
    this.payload = payload;
  }

  static ofValue(origin: PageOrigin, offset: number, value: string): CloudDelivery {
    return new CloudDelivery(origin, offset, value, value, undefined);
  }

  /** `literal`: the value as JSON. `payload`: see SourceRecord. */
  static ofLiteral(
    origin: PageOrigin,
    offset: number,
    literal: string,
    payload: string | undefined,
  ): CloudDelivery {
    return new CloudDelivery(origin, offset, literal, undefined, payload);
  }

  get value(): string {
    this.made ??= valueIn(this.text);
    return this.made;
  }
  get position(): Position {
    return this;
  }
  get record(): SourceRecord {
    return this;
  }
  get partition(): string {
    return this.origin.topic;
  }
  get epoch(): number {
    return 0;
  }
  get next(): number {
    return this.offset + 1;
  }
  get headers(): Headers {
    return this.origin.headers;
  }
  get source(): string {
    return this.origin.source;
  }
  get meta(): Meta {
    const { batch, topic, first } = this.origin;
    return { batch_id: batch, msg_id: this.offset - first + 1, topic };
  }
  get time(): number | undefined {
    return eventTime(this.value);
  }
  /** The API gives an event no name and no offset of its own, so its value must name it. */
  get identity(): string {
    return this.value;
  }
  get bytes(): number {
    return this.text.length + 200;
  }
}

/** Names an event in the stored position: 96 bits of SHA-256, short enough to keep thousands, and no two meet. */
export function markOf(value: string): string {
  return hash('sha256', value, 'base64url').slice(0, 16);
}
