import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvrunError } from '../../src/contract/errors.ts';
import { expandText, UnboundVariable } from '../../src/recipe/expand.ts';
import { CASES, ENVIRONMENT } from './expandvars-cases.ts';

function around(env: Readonly<Record<string, string>> = ENVIRONMENT, files: Record<string, string> = {}) {
  return {
    env: new Map(Object.entries(env)),
    pid: 4711,
    readFile: (path: string) => {
      const content = files[path];
      if (content === undefined) throw new EvrunError('EVR_RECIPE', `secret file ${path} does not exist`);
      return content;
    },
  };
}

describe('variables expand as in DataHub Actions', () => {
  it.each(CASES.map(([text, result, writes = {}]) => [text, result, writes] as const))(
    '%j → %j %j',
    (text, result, writes) => {
      const outside = around();
      if (typeof result === 'string') {
        expect(expandText(text, outside)).toBe(result.replaceAll('<pid>', '4711'));
      } else {
        expect(() => expandText(text, outside)).toThrow(EvrunError);
        if (result.fails === 'unbound') expect(() => expandText(text, outside)).toThrow(UnboundVariable);
        else expect(() => expandText(text, outside)).not.toThrow(/Unbound/);
      }
      const written = [...outside.env].filter(([name, value]) => ENVIRONMENT[name] !== value);
      expect(Object.fromEntries(written)).toEqual(writes);
    },
  );

  it.each([
    ['abc$A', 'abc$A'],
    ['p$$w', 'p$$w'],
    ['\\$A', '\\$A'],
    ['$A', 'alpha'],
    ['$A/x and $A', 'alpha/x and alpha'],
    ['$U', '$U'],
    ['$A $U', '$A $U'],
    ['$', '$'],
    ['$5 off', '$5 off'],
    ['${}', undefined],
    ['${\nA}', undefined],
    ['x\n${A}\n$A', 'x\nalpha\nalpha'],
    ['${A:-${B:-${C:-deep}}}', 'alpha'],
    ['${U:-${B:-${C:-deep}}}', 'deep'],
  ])('only texts with ${…} on a line, or a $ in front, are expanded: %j', (text, result) => {
    if (result === undefined) expect(() => expandText(text, around())).toThrow(/no variable name/);
    else expect(expandText(text, around())).toBe(result);
  });

  it('gives what EXPANDVARS_RECOVER_NULL says in place of an error', () => {
    const outside = around({ EXPANDVARS_RECOVER_NULL: 'r' });
    expect(
      ['${U}', '$U', '${U:?m}', '${U:-${V}}', '${U:1}'].map((text) => expandText(text, outside)),
    ).toEqual(['r', 'r', 'r', '', '']);
  });

  it('shows what := wrote to the texts after it', () => {
    const outside = around();
    expect(expandText('${NEW:=here}', outside)).toBe('here');
    expect(expandText('$NEW', outside)).toBe('here');
  });

  it('never looks into the prototype of anything', () => {
    expect(() => expandText('${constructor}', around())).toThrow(UnboundVariable);
    expect(() => expandText('${__proto__}', around())).toThrow(UnboundVariable);
  });
});

describe('${file:…}', () => {
  const files = { '/run/x': 'hunter2', '/run/alpha/x': 'nested' };

  it.each([
    ['${file:/run/x}', 'hunter2'],
    ['Bearer ${file:/run/x}', 'Bearer hunter2'],
    ['${file:/run/${A}/x}', 'nested'],
    ['${file:/run/$A/x}', 'nested'],
    ['${U:-${file:/run/x}}', 'hunter2'],
    ['${file:-fallback}', 'fallback'],
    ['${file-fallback}', 'fallback'],
    ['${file:1}', ''],
  ])('reads a file, other forms are of a variable: %s', (text, result) => {
    expect(expandText(text, around(ENVIRONMENT, files))).toBe(result);
  });

  it('is not expanded again', () => {
    expect(expandText('${file:/a}', around(ENVIRONMENT, { '/a': '${A}$A' }))).toBe('${A}$A');
  });

  it('says which file is missing', () => {
    expect(() => expandText('${file:/nope}', around())).toThrow('secret file /nope does not exist');
  });
});

describe('${{ CEL }}', () => {
  it.each([
    ['${{ event.data.a }}', '${{ event.data.a }}'],
    ['${{ event.data.a }}/${A}', '${{ event.data.a }}/alpha'],
    ['${A}${{ {"a": {"b": "}}"}} }}${A}', 'alpha${{ {"a": {"b": "}}"}} }}alpha'],
    ['${{ event.id }} costs $A', '${{ event.id }} costs $A'],
    ['$A costs ${{ "$A ${A}" }}', 'alpha costs ${{ "$A ${A}" }}'],
    ['${U:-${{ event.id }}}', '${{ event.id }}'],
  ])('stays as it stands: %s', (text, result) => {
    expect(expandText(text, around())).toBe(result);
  });

  it('that does not end is a clear error', () => {
    expect(() => expandText('${{ event', around())).toThrow('expected }} that ends this ${{');
  });
});

describe('hostile texts', () => {
  it('of any kind give a text or an EvrunError', () => {
    const piece = fc.constantFrom(
      '${',
      '}',
      '$',
      '$$',
      '\\',
      ':',
      '-',
      '=',
      '+',
      '?',
      '#',
      '!',
      'A',
      'U',
      '1',
      '{',
      '${{',
      '}}',
      'file:',
      '/',
      '"',
      ' ',
      '\n',
      'é',
      '😀',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 40 }).map((all) => all.join('')),
          fc.string(),
        ),
        (text) => {
          try {
            expect(typeof expandText(text, around())).toBe('string');
          } catch (error) {
            expect(error).toBeInstanceOf(EvrunError);
          }
        },
      ),
      { numRuns: 5000 },
    );
  });

  const million = 250_000;
  it.each([
    ['nested braces', '${A:-'.repeat(million)],
    ['nested and closed', '${A:-'.repeat(20_000) + '}'.repeat(20_000)],
    ['unclosed', '${A'.repeat(million)],
    ['dollars', '$'.repeat(million * 4)],
    ['lines of open braces', '${\n'.repeat(million)],
    ['backslashes', `\${A}${'\\'.repeat(million * 4)}`],
    ['templates without end', '${{'.repeat(million)],
    ['growth', '$P'.repeat(million)],
  ])('end soon: %s', (_, text) => {
    const outside = around({ A: 'a', P: 'p'.repeat(100_000) });
    try {
      expect(expandText(text, outside).length).toBeLessThan(10_000_000);
    } catch (error) {
      expect(error).toBeInstanceOf(EvrunError);
    }
  });
});
