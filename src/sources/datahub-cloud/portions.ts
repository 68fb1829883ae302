import { CloudDelivery, type Page, type PageOrigin } from './page.ts';
import type { Reply } from './reply.ts';

/** A page is handed over in portions, which are let go of: what is past can be freed while the rest is in work. */
const PORTION = 500;

/** A page that was taken, and what of it the engine gets. */
export interface Taken {
  readonly page: Page;
  /** How many deliveries there are. */
  readonly delivered: number;
  /** How many others are older than the start that was asked for. */
  readonly older: number;
  /** At least one, which may be empty. To be read once, before the next page is taken. */
  readonly portions: Iterable<readonly CloudDelivery[]>;
}

/** Which events of an answer the engine gets. */
export interface Chosen extends Omit<Taken, 'page'> {
  /** See Page. */
  readonly places: Int32Array;
  readonly repeated: string[];
}

/** All of them: nothing of an event must be known before it is handed over. */
export function allOf(reply: Reply, origin: PageOrigin): Chosen {
  const places = new Int32Array(reply.count);
  for (let i = 0; i < places.length; i += 1) places[i] = i;
  return { places, repeated: [], delivered: reply.count, older: 0, portions: madeInPortions(reply, origin) };
}

function* madeInPortions(reply: Reply, origin: PageOrigin): Iterable<readonly CloudDelivery[]> {
  let begin = 0;
  do {
    const end = Math.min(begin + PORTION, reply.count);
    const portion: CloudDelivery[] = [];
    for (let i = begin; i < end; i += 1) portion.push(deliveryOf(reply, i, origin));
    yield portion;
    begin = end;
  } while (begin < reply.count);
}

function deliveryOf(reply: Reply, index: number, origin: PageOrigin): CloudDelivery {
  const { placed } = reply;
  const offset = origin.first + index;
  return placed === undefined
    ? CloudDelivery.ofValue(origin, offset, reply.value(index))
    : CloudDelivery.ofLiteral(origin, offset, placed.literal(index), placed.payload(index));
}

/** Of deliveries that are there; they are taken out. */
export function* portionsOf(deliveries: CloudDelivery[]): Iterable<readonly CloudDelivery[]> {
  do yield deliveries.splice(0, PORTION);
  while (deliveries.length > 0);
}
