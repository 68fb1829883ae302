import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Block, blockOf } from '../../../src/formats/flyte/block.ts';
import { isCompactJson } from '../../../src/formats/flyte/compact-json.ts';
import { transports } from './records.ts';

const RUNS = process.env['EVRUN_NIGHTLY'] === '1' ? 200_000 : 3_000;

/** The text as a part of a larger block, so that what stands around it could be mistaken for it. */
function within(text: string, before: string, behind: string): [Block, number, number] {
  const from = Buffer.byteLength(before);
  return [blockOf(Buffer.from(before + text + behind)), from, from + Buffer.byteLength(text)];
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const SURROUNDINGS: readonly [string, string][] = [
  ['', ''],
  ['x', '"'],
  ['{"', '"}}}}'],
  ['abc', ',"a":1}'],
  ['[', ']0123456789'],
];
const check = (text: string) => SURROUNDINGS.map((around) => isCompactJson(...within(text, ...around)));
const certain = (text: string) => {
  const found = check(text);
  expect(new Set(found).size, text).toBe(1);
  return found[0] as boolean;
};

it('every object that JSON.stringify writes is certain', () => {
  const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 6 }));
  fc.assert(
    fc.property(object, (value) => certain(JSON.stringify(value))),
    { numRuns: RUNS },
  );
});

it('what is certain is an object for JSON.parse, whatever bytes it is made of', () => {
  const TELLING = '{}[]":,\\/u0019.-+eEtrufalsn \n\u0001\u007fé€😀';
  const pieces = fc.oneof(
    fc.constantFrom(...TELLING, '""', '"a":', '{"a":', '}', '1', '-0.5e+3', 'true', 'null', '\\u00e9'),
    fc.json({ maxDepth: 2 }),
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      for (const text of [parts.join(''), `{"a":${parts.join('')}}`, `{"a":"${parts.join('')}"}`]) {
        if (certain(text)) expect(isObject(text), text).toBe(true);
      }
    }),
    { numRuns: RUNS },
  );
});

it('what is certain of a damaged record of Flyte is an object for JSON.parse', () => {
  const texts = (transports['Kafka, binary mode'] ?? []).map(({ record }) => record.value.toString());
  expect(texts.every(certain)).toBe(true);
  const place = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 0x7f }));
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      fc.array(place, { maxLength: 3 }),
      fc.nat(),
      (text, places, end) => {
        const bytes = Buffer.from(text);
        for (const [at, byte] of places) bytes[at % bytes.length] = byte;
        for (const damaged of [bytes.toString(), bytes.toString().slice(0, end % text.length)]) {
          if (certain(damaged)) expect(isObject(damaged), damaged).toBe(true);
        }
      },
    ),
    { numRuns: RUNS },
  );
});

it.each([
  ['a control character', '{"a":"\u001f"}'],
  ['a line feed in a name', '{"a\n":1}'],
  ['half an escape', '{"a":"\\u00g0"}'],
  ['an escape of nothing', '{"a":"\\x"}'],
  ['a zero before a number', '{"a":01}'],
  ['a number that ends in its point', '{"a":1.}'],
  ['a number without digits', '{"a":-}'],
  ['an exponent without digits', '{"a":1e+}'],
  ['half a word', '{"a":tru}'],
  ['a comma at the end', '{"a":1,}'],
  ['a list closed by a brace', '{"a":[1}]'],
  ['an object closed by a bracket', '{"a":1]'],
  ['an object closed by a bracket behind deep nesting', `{"a":${'['.repeat(40)}${']'.repeat(41)}`],
  ['a name that is none', '{a:1}'],
  ['nothing behind a colon', '{"a":}'],
  ['more behind the end', '{"a":1}}'],
  ['no object', '["a"]'],
])('%s is never certain', (_, text) => {
  expect(certain(text)).toBe(false);
});

it('deep nesting and blanks are left to JSON.parse', () => {
  expect(certain(`${'{"a":'.repeat(29)}{}${'}'.repeat(29)}`)).toBe(true);
  expect(certain(`${'{"a":'.repeat(40)}{}${'}'.repeat(40)}`)).toBe(false);
  expect(certain('{ "a": 1 }')).toBe(false);
});
