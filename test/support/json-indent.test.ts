import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indentedJson } from '../../src/support/events/json-indent.ts';

test('numbers keep their digits, empty values stay on their line, other text than ASCII is escaped', () => {
  expect(indentedJson('{"a": 1.50,"b":[ ],"c":{},"d":[12345678901234567890,"é"]}')).toBe(
    '{\n    "a": 1.50,\n    "b": [],\n    "c": {},\n    "d": [\n        12345678901234567890,\n        "\\u00e9"\n    ]\n}',
  );
});

test('any JSON value comes out as the same value, in ASCII, laid out as JSON.stringify does', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const out = indentedJson(JSON.stringify(value));
      expect(out).toMatch(/^[\n -~]*$/);
      expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(out.split('\n').length).toBe(JSON.stringify(value, null, 4).split('\n').length);
    }),
  );
});
