import { asciiBlock } from './block.ts';
import { stringEnd } from './json-string.ts';

/**
 * The message of an SNS notification without parsing the whole, most of which is a signature and links that nobody
 * reads. It is found where the text is an object of texts and empty objects, without blanks and escapes, which is what
 * SNS writes; undefined for everything else, which JSON.parse must judge. The message itself is not looked at: it is
 * when it is read as base64.
 */
export function snsMessage(text: string): string | undefined {
  if (text.slice(0, NOTIFICATION.length) !== NOTIFICATION || text.indexOf('\\') !== -1) return undefined;
  const block = asciiBlock(text);
  if (block === undefined) return undefined;
  const { bytes, size } = block;
  let message: string | undefined;
  let at = NOTIFICATION.length;
  for (;;) {
    const name = at + 1;
    const nameEnd: number = bytes[at] === QUOTE ? stringEnd(block, name, size) : size;
    if (bytes[nameEnd] !== COLON || isNamed(bytes, name, nameEnd, TYPE)) return undefined;
    const value = nameEnd + 2;
    if (bytes[nameEnd + 1] !== QUOTE) {
      if (bytes[nameEnd + 1] !== OPEN || bytes[value] !== CLOSE) return undefined;
      at = value + 1;
    } else if (isNamed(bytes, name, nameEnd, MESSAGE)) {
      at = text.indexOf('"', value) + 1;
      // Of equal names the last one counts, but what stands in the first was not looked at.
      if (at === 0 || message !== undefined) return undefined;
      message = text.slice(value, at - 1);
    } else {
      at = stringEnd(block, value, size);
    }
    if (bytes[at] === CLOSE && at + 1 === size) return message;
    if (bytes[at] !== COMMA || at >= size) return undefined;
    at += 1;
  }
}

const NOTIFICATION = '{"Type":"Notification",';
/** With the quote behind it. */
const MESSAGE = Buffer.from('Message"');
const TYPE = Buffer.from('Type"');
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;

function isNamed(bytes: Buffer, from: number, to: number, name: Buffer): boolean {
  if (to - from !== name.length) return false;
  for (let i = 0; i < name.length; i += 1) if (bytes[from + i] !== name[i]) return false;
  return true;
}
