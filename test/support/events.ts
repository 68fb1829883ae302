import { Envelope } from '../../src/contract/envelope.ts';
import type { DecodedEvent, Event } from '../../src/contract/event.ts';

/** An event with these attributes; type `T`, id `1` and source `/test` unless they say otherwise. */
export function eventOf(attributes: Partial<DecodedEvent>): Event {
  return Envelope.from({ type: 'T', id: '1', source: '/test', data: undefined, ...attributes });
}
