import type { ExtensionValue } from '../../contract/event.ts';
import { type Attributes, setAttribute } from './attributes.ts';
import type { Block } from './block.ts';
import { isCompactJson } from './compact-json.ts';
import type { CloudEvent } from './envelope.ts';
import { Strings } from './strings.ts';
import { timestampText } from './time.ts';
import { LENGTH_DELIMITED, signed, VARINT, Wire } from './wire.ts';

/**
 * Reads the message `io.cloudevents.v1.CloudEvent`: 1 id, 2 source, 3 spec_version, 4 type, 5 attributes by name,
 * and its data as 6 bytes, 7 text or 8 a message of its own, which Flyte never sends. Other fields are passed over.
 * Keeps none of the bytes. Returns the end of a sentence that says why, where they are no CloudEvent in protobuf. Never
 * throws. The fields of the message itself are read in place, without `Wire`: that is half of the time.
 */
export function readCloudEvent(block: Block): CloudEvent | string {
  const { bytes, size } = block;
  const strings = new Strings(block);
  const attributes: Attributes = { id: '', source: '', type: '' };
  let version = '';
  let data: string | undefined;
  let isObject = false;
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
        attributes.source = strings.usual(from, to, 'source');
        break;
      case SPEC_VERSION:
        version = strings.usual(from, to, 'version');
        break;
      case TYPE:
        attributes.type = strings.usual(from, to, 'type');
        break;
      case ATTRIBUTE:
        if (!readAttribute(from, to, bytes, strings, attributes)) return 'an attribute is torn';
        break;
      case BINARY_DATA:
      case TEXT_DATA:
        data = strings.cut(from, to);
        isObject = isCompactJson(block, from, to);
        break;
      case PROTO_DATA:
        return 'its data is a protobuf message';
    }
  }
  if (version !== '1.0') return 'its spec_version is not "1.0"';
  if (strings.damaged) return 'a string is not UTF-8';
  return data === undefined ? 'it has no data' : { attributes, data, isObject };
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
function readAttribute(
  from: number,
  to: number,
  bytes: Buffer,
  strings: Strings,
  attributes: Attributes,
): boolean {
  const slot = (to - from) % SLOTS;
  const known = usualEntries[slot];
  if (known !== undefined && strings.standsAt(from, to, known.entry)) {
    if (known.extensions === undefined || attributes.extensions !== undefined) {
      setAttribute(attributes, known.name, known.value);
    } else {
      attributes.extensions = known.extensions;
    }
    return true;
  }
  const wire = new Wire(bytes, from, to);
  let name = '';
  let value: ExtensionValue | undefined;
  while (wire.next()) {
    if (wire.type !== LENGTH_DELIMITED) wire.skip();
    else if (wire.field === 1) name = strings.usual(wire.from, wire.to, 'name');
    else if (wire.field === 2) value = readValue(wire, strings);
  }
  if (value === undefined || !wire.whole) return false;
  setAttribute(attributes, name, value);
  // A text may have any form; what is made of a Timestamp has the right one.
  if (name === 'time') attributes.timeIsRight = value === madeTime;
  else if (!strings.damaged) {
    const { extensions } = setAttribute({ id: '', source: '', type: '' }, name, value);
    if (extensions !== undefined) Object.freeze(extensions);
    usualEntries[slot] = { entry: strings.copy(from, to), name, value, extensions };
  }
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
    else if (wire.field === 7) value = madeTime = readTimestamp(wire);
    else if (wire.field === 4) value = wire.bytes.toString('base64', wire.from, wire.to);
    else if (wire.field === 3 || wire.field === 5 || wire.field === 6)
      value = strings.cut(wire.from, wire.to);
  }
  return wire.leave(outer) ? value : undefined;
}

/** The last time that was made of a Timestamp. */
let madeTime: string | undefined;

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

/**
 * An entry of the map that was read lately, with the bytes that it was read from, one character for each.
 * `extensions`: if it is one, a record of it alone, which all events share that have no other.
 */
interface UsualEntry {
  readonly entry: string;
  readonly name: string;
  readonly value: ExtensionValue;
  readonly extensions: Attributes['extensions'];
}

/** By their length. */
const usualEntries: (UsualEntry | undefined)[] = [];
const SLOTS = 61;
