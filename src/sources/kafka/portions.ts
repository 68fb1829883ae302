import type { Prefilter } from '../../contract/prefilter.ts';
import type { Batch, Delivery, Passed } from '../../contract/source.ts';
import type { KafkaMessage } from '../../support/kafka/client.ts';
import { KafkaDelivery, type Origin } from './delivery.ts';
import type { Fetched } from './membership.ts';

/** A fetch is handed over in portions: what is past can be freed while the rest is in work. */
const PORTION = 500;

/** A batch that can be taken back: what the engine has not begun with when its partition is lost. */
export interface Portion extends Batch {
  readonly deliveries: Delivery[];
  readonly passed: Passed[];
}

export interface CutOptions {
  readonly origin: Origin;
  readonly maxBytes: number;
  readonly maxEvents: number;
  readonly prefilter?: Prefilter | undefined;
  /** True for the offset of a record that has an outcome already. Asked with growing offsets. */
  readonly done?: ((offset: number) => boolean) | undefined;
  /** True: nobody asked for this topic's records. */
  readonly unwanted: boolean;
}

/** What one fetch brought of one partition, in portions, in order. */
export class Portions {
  private readonly fetched: Fetched;
  private readonly options: CutOptions;
  private at = 0;
  private finished = false;

  constructor(fetched: Fetched, options: CutOptions) {
    this.fetched = fetched;
    this.options = options;
  }

  get origin(): Origin {
    return this.options.origin;
  }

  /** Undefined: that was all. */
  next(): Portion | undefined {
    if (this.finished) return undefined;
    const { messages, next } = this.fetched;
    const { origin, unwanted, maxEvents } = this.options;
    const { partition, epoch } = origin;
    if (unwanted) {
      this.finished = true;
      return { deliveries: [], passed: [{ partition, epoch, next, dropped: messages.length }] };
    }
    const deliveries: Delivery[] = [];
    const end = Math.min(messages.length, this.at + Math.min(PORTION, maxEvents));
    const dropped = this.cut(end, deliveries);
    this.finished = this.at === messages.length;
    const behind = this.finished ? next : Number((messages[this.at - 1] as KafkaMessage).offset) + 1;
    const last = deliveries.at(-1);
    const exact = dropped === 0 && last !== undefined && last.position.next === behind;
    return { deliveries, passed: exact ? [] : [{ partition, epoch, next: behind, dropped }] };
  }

  /** How many were dropped unparsed. */
  private cut(end: number, deliveries: Delivery[]): number {
    const { messages } = this.fetched;
    const { origin, done, maxBytes, prefilter } = this.options;
    const mayMatch = prefilter === undefined ? undefined : sieve(prefilter, messages, this.at, end);
    let dropped = 0;
    let bytes = 0;
    for (; this.at < end && bytes < maxBytes; this.at += 1) {
      const message = messages[this.at] as KafkaMessage;
      const offset = Number(message.offset);
      if (done?.(offset)) continue;
      if (mayMatch !== undefined && !mayMatch(message)) {
        dropped += 1;
        continue;
      }
      const delivery = new KafkaDelivery(origin, offset, message);
      bytes += delivery.bytes;
      deliveries.push(delivery);
    }
    return dropped;
  }
}

/**
 * The values of uncompressed records stand one behind another in the bytes of their fetch, so that one text holds
 * them all, and each string is searched for once. Where they do not, each value is looked at by itself.
 */
function sieve(
  prefilter: Prefilter,
  messages: readonly KafkaMessage[],
  from: number,
  end: number,
): (message: KafkaMessage) => boolean {
  const begin = messages[from]?.value;
  const last = messages[end - 1]?.value;
  if (!begin || !last || begin.buffer !== last.buffer || !ascending(messages, from, end)) {
    return ({ value }) => value === null || prefilter.mayMatch(value.toString('latin1'));
  }
  const base = begin.byteOffset;
  const text = Buffer.from(begin.buffer, base, last.byteOffset + last.length - base).toString('latin1');
  const range = prefilter.over(text);
  return ({ value }) => {
    if (value === null) return true;
    const start = value.byteOffset - base;
    return range.mayMatch(start, start + value.length);
  };
}

function ascending(messages: readonly KafkaMessage[], from: number, end: number): boolean {
  const { buffer } = (messages[from] as KafkaMessage).value as Buffer;
  let at = 0;
  for (let i = from; i < end; i += 1) {
    const value = (messages[i] as KafkaMessage).value;
    if (value === null) continue;
    if (value.buffer !== buffer || value.byteOffset < at) return false;
    at = value.byteOffset + value.length;
  }
  return true;
}
