import { isUtf8 } from 'node:buffer';
import type { ExtensionValue } from '../../contract/event.ts';
import { type Attributes, setAttribute } from './attributes.ts';
import { timestampText } from './time.ts';
import { LENGTH_DELIMITED, signed, VARINT, Wire } from './wire.ts';

/**
 * Reads the message `io.cloudevents.v1.CloudEvent`: 1 id, 2 source, 3 spec_version, 4 type, 5 attributes by name,
 * and its data as 6 bytes, 7 text or 8 a message of its own, which Flyte never sends. Other fields are passed over.
 * Strings are cut from one text of the whole message, and those that every event repeats are not even cut: that is
 * several times faster than decoding each.
 */
export interface ProtobufCloudEvent {
  readonly attributes: Attributes;
  /** JSON text, as it stands. */
  readonly data: string;
}

/**
 * Reads the first `size` bytes and keeps none of them. Returns the end of a sentence that says why, where they are
 * no CloudEvent in protobuf. Never throws.
 */
export function readCloudEvent(bytes: Buffer, size = bytes.length): ProtobufCloudEvent | string {
  const strings = new Strings(bytes, size);
  const wire = new Wire(bytes, 0, size);
  const attributes: Attributes = { id: '', source: '', type: '' };
  let version = '';
  let data: string | undefined;
  while (wire.next()) {
    if (wire.type !== LENGTH_DELIMITED) {
      if (wire.field <= 8) return 'a field has another wire type';
      wire.skip();
      continue;
    }
    switch (wire.field) {
      case 1:
        attributes.id = strings.cut(wire);
        break;
      case 2:
        attributes.source = strings.usual(wire, SOURCE_SLOT);
        break;
      case 3:
        version = strings.usual(wire, VERSION_SLOT);
        break;
      case 4:
        attributes.type = strings.usual(wire, TYPE_SLOT);
        break;
      case 5:
        if (!readAttribute(wire, strings, attributes)) return 'an attribute is torn';
        break;
      case 6:
      case 7:
        data = strings.cut(wire);
        break;
      case 8:
        return 'its data is a protobuf message';
    }
  }
  if (!wire.whole) return 'it is torn';
  if (version !== '1.0') return 'its spec_version is not "1.0"';
  if (strings.damaged) return 'a string is not UTF-8';
  return data === undefined ? 'it has no data' : { attributes, data };
}

/** An entry of the map: 1 the name, 2 the value. */
function readAttribute(wire: Wire, strings: Strings, attributes: Attributes): boolean {
  const slot = (wire.to - wire.from) % SLOTS;
  const known = usualEntries[slot];
  if (known !== undefined && strings.standsAt(wire, known.entry)) {
    setAttribute(attributes, known.name, known.value);
    return true;
  }
  const { from, to } = wire;
  const outer = wire.enter();
  let name = '';
  let value: ExtensionValue | undefined;
  while (wire.next()) {
    if (wire.type !== LENGTH_DELIMITED) wire.skip();
    else if (wire.field === 1) name = strings.usual(wire, NAME_SLOT);
    else if (wire.field === 2) value = readValue(wire, strings);
  }
  if (value === undefined || !wire.leave(outer)) return false;
  setAttribute(attributes, name, value);
  if (name === 'time') attributes.timeIsRight = strings.made === value;
  else if (!strings.damaged) usualEntries[slot] = { entry: strings.copy(from, to), name, value };
  return true;
}

/** 1 bool, 2 int32, 3 string, 4 bytes, 5 URI, 6 URI reference, 7 Timestamp. Undefined: none of them. */
function readValue(wire: Wire, strings: Strings): ExtensionValue | undefined {
  const outer = wire.enter();
  let value: ExtensionValue | undefined = '';
  while (wire.next()) {
    if (wire.type === VARINT && wire.field === 1) value = wire.uint32() !== 0;
    else if (wire.type === VARINT && wire.field === 2) value = wire.uint32() | 0;
    else if (wire.type !== LENGTH_DELIMITED) wire.skip();
    else if (wire.field === 7) value = strings.made = readTimestamp(wire);
    else if (wire.field === 4) value = strings.base64(wire);
    else if (wire.field === 3 || wire.field === 5 || wire.field === 6) value = strings.cut(wire);
  }
  return wire.leave(outer) ? value : undefined;
}

function readTimestamp(wire: Wire): string | undefined {
  const outer = wire.enter();
  let seconds = 0;
  let nanos = 0;
  while (wire.next()) {
    if (wire.type === VARINT && wire.field === 1) seconds = Number(signed(wire.varint()));
    else if (wire.type === VARINT && wire.field === 2) nanos = wire.uint32() | 0;
    else wire.skip();
  }
  return wire.leave(outer) ? timestampText(seconds, nanos) : undefined;
}

/** What stood last in a place: nearly always what stands there now. */
const usualTexts: string[] = ['', '', '', ''];
const [SOURCE_SLOT, VERSION_SLOT, TYPE_SLOT, NAME_SLOT] = [0, 1, 2, 3];

/** Entries of the map by their length, with the bytes that they were read from, one character for each. */
const usualEntries: ({ entry: string; name: string; value: ExtensionValue } | undefined)[] = [];
const SLOTS = 61;

class Strings {
  private readonly bytes: Buffer;
  /** One character for each byte: right where those are ASCII. */
  private readonly text: string;
  /** True once a string was not UTF-8. */
  damaged = false;
  /** The last time that was made of a Timestamp. */
  made: string | undefined = undefined;

  constructor(bytes: Buffer, size: number) {
    this.bytes = bytes;
    this.text = bytes.toString('latin1', 0, size);
  }

  /** The field that `wire` stands at, as text. */
  cut({ from, to }: Wire): string {
    const text = this.text.slice(from, to);
    if (isAsciiText(text)) return text;
    const bytes = this.bytes.subarray(from, to);
    if (!isUtf8(bytes)) this.damaged = true;
    return bytes.toString();
  }

  /** As `cut`, for a place where the same text stands in most events. */
  usual(wire: Wire, slot: number): string {
    const usual = usualTexts[slot] as string;
    if (this.standsAt(wire, usual)) return usual;
    const text = this.cut(wire);
    if (isAsciiText(text)) usualTexts[slot] = this.copy(wire.from, wire.to);
    return text;
  }

  /** Whether the bytes of the field are these, one character for each. */
  standsAt({ from, to }: Wire, text: string): boolean {
    return text.length === to - from && this.text.startsWith(text, from);
  }

  /** One character for each byte. Not a part of the text, which would keep the whole of it. */
  copy(from: number, to: number): string {
    return this.bytes.toString('latin1', from, to);
  }

  base64({ from, to }: Wire): string {
    return this.bytes.toString('base64', from, to);
  }
}

/** Only ASCII has as many bytes in UTF-8 as it has characters; counting them is the fastest test. */
function isAsciiText(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
