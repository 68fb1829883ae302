import { expect, it } from 'vitest';
import type { FormatDefinition } from '../../src/contract/define.ts';
import { Envelope } from '../../src/contract/envelope.ts';
import text from '../../src/formats/text/index.ts';
import { invalidUtf8At } from '../../src/support/lines/utf8.ts';

const format = (text as FormatDefinition).create({ event_type: 'text' });

it('a text event goes out as the text that came in', () => {
  const event = format.decode({ value: 'a "line"', meta: {} }) as Envelope;
  expect(format.encode?.(event).value).toBe('a "line"');
});

it('data that is no text goes out as JSON, bytes as they are', () => {
  expect(format.encode?.(new Envelope('x', { a: 1 })).value).toBe('{"a":1}');
  expect(format.encode?.(new Envelope('x', Uint8Array.of(255))).value).toEqual(Uint8Array.of(255));
});

it('the first byte that is not UTF-8 is found', () => {
  const at = (...bytes: number[]) => invalidUtf8At(Uint8Array.from(bytes));
  expect(at(0x61, 0xc3, 0xa9)).toBe(-1);
  expect(at(0x61, 0xc3, 0xa9, 0x80)).toBe(3);
  expect(at(0xe2, 0x82)).toBe(0);
  expect(at(0x61, 0xed, 0xa0, 0x80)).toBe(1);
  expect(at(0x61, 0xf0, 0x9f, 0x98, 0x80, 0xc0, 0x80)).toBe(5);
});
