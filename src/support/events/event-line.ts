import type { Event } from '../../contract/event.ts';
import { cloudEventJson } from './cloudevents-json.ts';
import { base64Of, jsonOf } from './data-json.ts';
import { envelopeJson } from './envelope-json.ts';

/** How an action spells out an event as JSON. */
export type EventFormat = 'envelope' | 'cloudevents' | 'data';

/**
 * Gives the function that spells an event as one line of JSON, without the newline: `envelope` is
 * `{"event_type","event","meta"}`, `cloudevents` the structured form, `data` the event's data alone (`null` where
 * it has none, bytes as a base64 string).
 */
export function eventLine(format: EventFormat): (event: Event) => string {
  return { envelope: envelopeJson, cloudevents: cloudEventJson, data: dataLine }[format];
}

function dataLine(event: Event): string {
  return jsonOf(event) ?? (event.data === undefined ? 'null' : `"${base64Of(event)}"`);
}
