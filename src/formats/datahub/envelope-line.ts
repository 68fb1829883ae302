import { Envelope } from '../../contract/envelope.ts';
import { DecodeError } from '../../contract/errors.ts';
import { memberText } from '../../support/events/json-member.ts';
import { isObject, type JsonObject } from './avro.ts';
import { describe } from './describing.ts';

/**
 * A line as DataHub Actions writes and reads it: `{"event_type","event","meta"}`. It was decoded before it was
 * written, so type, data and meta are taken as they are, unknown types too; further keys say nothing.
 */
export function envelopeEvent(value: JsonObject, line: string): Envelope {
  const { event_type: type, event: data, meta } = value;
  if (typeof type !== 'string' || type === '') throw new DecodeError(noType(value));
  if (data === undefined)
    throw new DecodeError('"event" is missing: expected {"event_type", "event", "meta"}');
  const event = new EnvelopeLine(type, data, value, line);
  if (isObject(meta)) event.meta = meta;
  else if (meta !== undefined && meta !== null) throw new DecodeError('"meta" must be an object or null');
  if (isObject(data)) describe(event, data);
  return event;
}

function noType(value: JsonObject): string {
  return value['event_type'] === null && isObject(value['evrun'])
    ? 'this line is the dead letter of a record that could not be decoded: its bytes are in "evrun", "raw"'
    : '"event_type" must be a text that is not empty';
}

/**
 * A number that would be spelled otherwise if it were parsed and written anew: with a point, an exponent, 16 digits
 * or more, or a minus before zero. May also match within a string, which costs time only.
 */
const FRAGILE_NUMBER = /[:[,]\s*-?(?:\d+[.eE]|\d{16}|(?<=-)0)/;

const START = '{"event_type"';
const EVENT = '"event"';
const META = '"meta"';

class EnvelopeLine extends Envelope {
  private readonly value: JsonObject;
  private readonly line: string;

  constructor(type: string, data: unknown, value: JsonObject, line: string) {
    super(type, data);
    this.value = value;
    this.line = line;
  }

  /** The line, if it holds the three members and no other, without blanks around it and in one line. */
  override get envelopeText(): string | undefined {
    const { line, value } = this;
    const whole = isObject(value['meta']) && Object.keys(value).length === 3;
    return whole && line.startsWith('{"event_type":') && line.endsWith('}') && !line.includes('\n')
      ? line
      : undefined;
  }

  override get dataText(): string | undefined {
    const { line, value } = this;
    const text = 'meta' in value && Object.keys(value).length === 3 ? eventBeforeMeta(line) : undefined;
    if (text !== undefined) return text;
    if (!FRAGILE_NUMBER.test(line)) return undefined;
    return memberText(line, 'event')?.replace(/[\r\n]/g, ' ');
  }
}

/**
 * The text of the member `event` of a line whose members are event_type, event and meta, in this order: what stands
 * between two names. No further name of the three may stand in the line, and no `\u` that could spell one: then
 * these are the members, and nothing else is between them. Undefined where that is not so, or in more than one line.
 */
function eventBeforeMeta(line: string): string | undefined {
  if (!line.startsWith(START)) return undefined;
  const event = line.indexOf(EVENT, START.length);
  const meta = line.indexOf(META, START.length);
  if (event === -1 || meta < event || line.includes(META, meta + META.length)) return undefined;
  // Without the closing quote, that finds both `event` and `event_type`.
  if (line.indexOf('"event', START.length) !== event || line.includes('"event', event + 1)) return undefined;
  if (line.includes('\\u') || line.includes('\n') || line.includes('\r')) return undefined;
  return line.slice(line.indexOf(':', event) + 1, line.lastIndexOf(',', meta)).trim();
}
