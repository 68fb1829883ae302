import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocuments } from '../../src/recipe/document.ts';
import { expandTree } from '../../src/recipe/expand-tree.ts';
import { placeOf, type Tree } from '../../src/recipe/tree.ts';

const outside = { env: new Map<string, string>(), pid: 1, readFile: () => '' };
const plain = (tree: Tree | undefined) => (tree === undefined ? undefined : expandTree(tree, outside).value);

function read(text: string, dialect: 'yaml' | 'json' = 'yaml') {
  const [first] = parseDocuments(text, dialect);
  expect(first?.faults).toEqual([]);
  return plain(first?.tree);
}

function faults(text: string, dialect: 'yaml' | 'json' = 'yaml') {
  return parseDocuments(text, dialect).flatMap((document) => document.faults);
}

describe('a document', () => {
  it.each([
    ['anchors and aliases', 'a: &x {n: 1}\nb: *x', { a: { n: 1 }, b: { n: 1 } }],
    ['an alias as key', 'a: &x k\n*x : 1', { a: 'k', k: 1 }],
    ['merge', 'a: &x {n: 1, m: 2}\nb: {<<: *x, m: 3}', { a: { n: 1, m: 2 }, b: { m: 3, n: 1 } }],
    [
      'merge of several, the first wins',
      'a: &x {n: 1}\nb: &y {n: 2, m: 2}\nc: {<<: [*x, *y]}',
      { a: { n: 1 }, b: { n: 2, m: 2 }, c: { n: 1, m: 2 } },
    ],
    ['a quoted << is a key', 'a: {"<<": 1}', { a: { '<<': 1 } }],
    ['tags of YAML', 'a: !!str 12\nb: !!int "3"\nc: !!bool "yes"', { a: '12', b: 3, c: true }],
    ['keys are words', '1: a\nyes: b\n2026-01-01: c', { '1': 'a', yes: 'b', '2026-01-01': 'c' }],
    ['quotes keep texts', `a: "yes"\nb: '012'\nc: "1\\n2"`, { a: 'yes', b: '012', c: '1\n2' }],
    ['blocks', 'a: |\n  x\n   y\nb: >-\n  p\n  q', { a: 'x\n y\n', b: 'p q' }],
    ['a missing value', 'a:\nb: ~', { a: null, b: null }],
    ['comments and CRLF', '# c\r\na: 1 # d\r\nb: x\r\n', { a: 1, b: 'x' }],
    ['JSON, also with tabs', '{\n\t"a": [1, true, "x\\u00e9\\/"]\n}', { a: [1, true, 'xé/'] }],
  ])('may hold %s', (_, text, value) => {
    expect(read(text)).toEqual(value);
  });

  it('of JSON has the numbers of JSON', () => {
    expect(read('{"a": 1e3, "b": "012"}', 'json')).toEqual({ a: 1000, b: '012' });
    expect(faults('{"a": 012}', 'json')).toHaveLength(1);
  });

  it('may be one of several, empty ones left out', () => {
    expect(
      parseDocuments('---\na: 1\n---\n# nothing\n---\nb: 2\n...\n', 'yaml').map((one) => plain(one.tree)),
    ).toEqual([{ a: 1 }, { b: 2 }]);
    expect(parseDocuments('', 'yaml')).toEqual([]);
    expect(parseDocuments('# only a comment\n', 'yaml')).toEqual([]);
  });

  it('knows where each key and value stands', () => {
    const text = 'a:\n  - b: 12\n    "c": x\n';
    const tree = parseDocuments(text, 'yaml')[0]?.tree as Tree;
    const at = (path: (string | number)[]) => {
      const { key, value, found } = placeOf(tree, path);
      return [key && text.slice(key.start, key.end), text.slice(value.start, value.end), found];
    };
    expect(at(['a', 0, 'b'])).toEqual(['b', '12', true]);
    expect(at(['a', 0, 'c'])).toEqual(['"c"', 'x', true]);
    expect(at(['a', 0, 'nope'])[2]).toBe(false);
  });
});

describe('a document with a mistake is one clear message', () => {
  it.each([
    ['a: 1\n\tb: 2', 'a tab is used to indent'],
    ['a: b: c', 'a second ": " in one line'],
    ['a: [1, 2', 'a [ is not closed by ]'],
    ['a: {b: 1', 'a { is not closed by }'],
    ['a: "x', 'a quote is not closed'],
    ["a: 'it's'", 'unexpected text after the end of a value'],
    ['a: @x', 'a text without quotes cannot begin with @'],
    ['a: %x', 'a text without quotes cannot begin with %'],
    ['a: "\\q"', '\\q is no escape inside of double quotes'],
    ['a: 1\na: 2', 'the key "a" stands here and in line 1'],
    ['a: 1\n"a": 2', 'the key "a" stands here and in line 1'],
    ['a: *nope', 'there is no &nope before this *nope'],
    ['a: &x [*x]', 'this alias stands inside of what it refers to'],
    ['<<: 3', '<< takes a map or a list of maps'],
    ['? [a]\n: 1', 'a key is a word, not a map or a list'],
    [': x', 'a key is missing before the colon'],
    ['__proto__: 1', '__proto__ cannot be a key'],
    ['a: !!python/object:x y', 'the tag !!python/object:x has no meaning in a recipe'],
    ['a: 12345678901234567890', '12345678901234567890 is beyond 2^53 and cannot be read exactly'],
    ['name:foo\nsource: x', 'expected "key: value" in one line'],
  ])('%j', (text, message) => {
    expect(faults(text).map((fault) => fault.message)).toEqual([message]);
  });

  it('also where others follow', () => {
    const [bad, good] = parseDocuments('a: {\n---\nb: 1\n', 'yaml');
    expect(bad?.faults).toHaveLength(1);
    expect(plain(good?.tree)).toEqual({ b: 1 });
  });
});

describe('a hostile document', () => {
  // Switched off (MOST_VALUES = Infinity), expanding this one runs out of memory.
  it('of nested aliases is refused before it grows', () => {
    let bomb = 'a: &a0 [x, x, x, x, x, x, x, x, x]\n';
    for (let i = 1; i < 30; i++)
      bomb += `k${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]\n`;
    expect(faults(bomb).map((fault) => fault.message)).toEqual([
      'this recipe holds, its aliases (*name) followed, more than 100000 values',
    ]);
  });

  it.each([
    ['lists', 'a: ' + '['.repeat(100_000)],
    ['maps', '{a: '.repeat(100_000)],
    ['items', '- '.repeat(100_000)],
    ['block maps', Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}k:`).join('\n')],
    ['closed lists', '['.repeat(80) + ']'.repeat(80)],
  ])('of deeply nested %s is refused', (_, text) => {
    expect(
      faults(text)
        .map((fault) => fault.message)
        .join(),
    ).toMatch(/nested (too deeply|more than 64 deep)/);
  });

  it('has a bounded number of faults', () => {
    expect(faults('a:\n'.repeat(10_000)).length).toBeLessThanOrEqual(20);
    expect(faults('a: {\n---\n'.repeat(500)).length).toBe(1);
  });

  it('of any text is read or refused', () => {
    const piece = fc.constantFrom(
      'a',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '&x ',
      '*x',
      '|',
      '>',
      '#',
      '---\n',
      '!',
      '?',
      '<<',
      '\t',
      '%',
      ',',
      '1',
      '~',
      '\u0000',
      '\u2028',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 60 }).map((all) => all.join('')),
          fc.string(),
        ),
        (text) => {
          for (const { tree, faults: found, place } of parseDocuments(text, 'yaml')) {
            expect(tree !== undefined || found.length > 0).toBe(true);
            expect(place.start).toBeLessThanOrEqual(place.end);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
