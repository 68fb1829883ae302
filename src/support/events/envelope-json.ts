import { Envelope } from '../../contract/envelope.ts';
import type { Event } from '../../contract/event.ts';
import { base64Of, jsonOf } from './data-json.ts';

/**
 * An event as DataHub Actions writes it, on one line: `{"event_type":…,"event":…,"meta":…}`. Data that passed
 * unchanged keeps the digits of its numbers, an event that came like this and is unchanged its every character; bytes are `{"data_base64":"…"}`; no data is null.
 */
export function envelopeJson(event: Event): string {
  const asItStood = event instanceof Envelope ? event.envelopeText : undefined;
  if (asItStood !== undefined) return asItStood;
  const type = JSON.stringify(event.type);
  return `{"event_type":${type},"event":${dataMember(event)},"meta":${JSON.stringify(event.meta)}}`;
}

function dataMember(event: Event): string {
  const json = jsonOf(event);
  if (json !== undefined) return json;
  return event.data === undefined ? 'null' : `{"data_base64":"${base64Of(event)}"}`;
}
