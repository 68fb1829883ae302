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
 * no CloudEvent in protobuf. Never throws. The fields of the message itself are read in place, without `Wire`: that
 * is half of the time.
 */
export function readCloudEvent(bytes: Buffer, size = bytes.length): ProtobufCloudEvent | string {
  const strings = new Strings(bytes, size);
  const attributes: Attributes = { id: '', source: '', type: '' };
  let version = '';
  let data: string | undefined;
  let at = 0;
  while (at < size) {
    const tag = bytes[at] as number;
    let to = at + 2 + (bytes[at + 1] as number);
    let from = at + 2;
    if ((bytes[at + 1] as number) >= 0x80 || tag >= 0x80 || (tag & 7) !== LENGTH_DELIMITED) {
      const wire = new Wire(bytes, at, size);
      if (!wire.next()) return 'it is torn';
      if (wire.type !== LENGTH_DELIMITED && wire.field <= 8) return 'a field has another wire type';
      wire.skip();
      if (wire.failed) return 'it is torn';
      ({ from } = wire);
      to = wire.at;
    }
    if (to > size) return 'it is torn';
    at = to;
    switch (tag) {
      case ID:
        attributes.id = strings.cut(from, to);
        break;
      case SOURCE:
        attributes.source = strings.usual(from, to, SOURCE_SLOT);
        break;
      case SPEC_VERSION:
        version = strings.usual(from, to, VERSION_SLOT);
        break;
      case TYPE:
        attributes.type = strings.usual(from, to, TYPE_SLOT);
        break;
      case ATTRIBUTE:
        if (!readAttribute(from, to, strings, attributes)) return 'an attribute is torn';
        break;
      case BINARY_DATA:
      case TEXT_DATA:
        data = strings.cut(from, to);
        break;
      case PROTO_DATA:
        return 'its data is a protobuf message';
    }
  }
  if (version !== '1.0') return 'its spec_version is not "1.0"';
  if (strings.damaged) return 'a string is not UTF-8';
  return data === undefined ? 'it has no data' : { attributes, data };
}

/** Tags: a field's number and that it is length-delimited. */
const ID = 0x0a;
const SOURCE = 0x12;
const SPEC_VERSION = 0x1a;
const TYPE = 0x22;
const ATTRIBUTE = 0x2a;
const BINARY_DATA = 0x32;
const TEXT_DATA = 0x3a;
const PROTO_DATA = 0x42;

/** An entry of the map: 1 the name, 2 the value. */
function readAttribute(from: number, to: number, strings: Strings, attributes: Attributes): boolean {
  const slot = (to - from) % SLOTS;
  const known = usualEntries[slot];
  if (known !== undefined && strings.standsAt(from, to, known.entry)) {
    setAttribute(attributes, known.name, known.value);
    return true;
  }
  const wire = new Wire(strings.bytes, from, to);
  let name = '';
  let value: ExtensionValue | undefined;
  while (wire.next()) {
    if (wire.type !== LENGTH_DELIMITED) wire.skip();
    else if (wire.field === 1) name = strings.usual(wire.from, wire.to, NAME_SLOT);
    else if (wire.field === 2) value = readValue(wire, strings);
  }
  if (value === undefined || !wire.whole) return false;
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
    else if (wire.field === 4) value = strings.base64(wire.from, wire.to);
    else if (wire.field === 3 || wire.field === 5 || wire.field === 6)
      value = strings.cut(wire.from, wire.to);
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
  readonly bytes: Buffer;
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

  cut(from: number, to: number): string {
    const text = this.text.slice(from, to);
    // Only ASCII has as many bytes in UTF-8 as it has characters; counting them is the fastest test.
    if (Buffer.byteLength(text) === text.length) return text;
    const bytes = this.bytes.subarray(from, to);
    if (!isUtf8(bytes)) this.damaged = true;
    return bytes.toString();
  }

  /** As `cut`, for a place where the same text stands in most events. */
  usual(from: number, to: number, slot: number): string {
    const usual = usualTexts[slot] as string;
    if (this.standsAt(from, to, usual)) return usual;
    const text = this.cut(from, to);
    const copy = this.copy(from, to);
    if (copy === text) usualTexts[slot] = copy;
    return text;
  }

  /** Whether the bytes are these, one character for each. */
  standsAt(from: number, to: number, text: string): boolean {
    return text.length === to - from && this.text.startsWith(text, from);
  }

  /** One character for each byte. Not a part of the text, which would keep the whole of it. */
  copy(from: number, to: number): string {
    return this.bytes.toString('latin1', from, to);
  }

  base64(from: number, to: number): string {
    return this.bytes.toString('base64', from, to);
  }
}
