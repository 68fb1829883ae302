import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { payloadText } from '../../src/sources/datahub-cloud/payload.ts';
import { entityChange, platformEvent } from '../fakes/poll-api/events.mjs';

/** As Python's json.dumps writes it. */
const spaced = (json: string): string =>
  json.replace(/"(?:[^"\\]|\\.)*"|[,:]/g, (token) => (token.length === 1 ? `${token} ` : token));

/** A value as it stands in an answer. */
function read(literal: string): string | undefined {
  const bytes = Buffer.from(`[${literal}]`);
  return payloadText(bytes, 2, bytes.length - 2);
}

function namedPayload(literal: string): unknown {
  const { name, payload, header } = JSON.parse(JSON.parse(literal) as string) as Record<string, unknown>;
  expect(Number.isInteger((header as { timestampMillis: number }).timestampMillis)).toBe(true);
  expect(name).toBe('entityChangeEvent');
  expect(payload).toEqual({ value: expect.any(String), contentType: 'application/json' });
  return (payload as { value: string }).value;
}

describe('the payload of a value that is not parsed', () => {
  it('is had for events as DataHub writes them', () => {
    const context = JSON.stringify({ said: 'a "quoted" \\ text\n', zoë: 1 }).replace('ë', '\\u00eb');
    for (const parameters of [{ n: 1 }, { context }, { context: JSON.stringify({ context }) }]) {
      const value = entityChange(7, { parameters });
      const { payload } = JSON.parse(value) as { payload: { value: string } };
      expect(read(JSON.stringify(value))).toBe(payload.value);
      expect(read(JSON.stringify(spaced(value)))).toBe(payload.value);
    }
  });

  it('is left to parsing where more than escaped quotes and backslashes would have to be read', () => {
    for (const payload of ['{"a":"é"}', '{\n}', '{"a":"\u007f"}', 'x'.repeat(70_000)])
      expect(read(JSON.stringify(platformEvent('entityChangeEvent', payload)))).toBeUndefined();
    expect(read(JSON.stringify(platformEvent('relationshipChangeEvent', '{}')))).toBeUndefined();
    for (const literal of ['""', '"x"', JSON.stringify('{"changeType":"UPSERT"}')])
      expect(read(literal)).toBeUndefined();
  });

  // Guard: taking any byte behind a backslash for an escape turns this red.
  it('is what parsing finds, or nothing, whatever is damaged', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '"',
        '\\',
        '\\"',
        '\\\\',
        'n',
        'u0041',
        '\n',
        '\t',
        'é',
        '0',
        '-1',
        '}',
        '"}}',
        '", "',
        '',
      ),
      fc.string({ maxLength: 3 }),
    );
    let had = 0;
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
        fc.constantFrom(1_737_170_481_713, 0, 7),
        fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(3), piece), {
          maxLength: 2,
        }),
        fc.constantFrom(spaced, (json: string) => json),
        (payload, time, damages, spelled) => {
          let literal = JSON.stringify(spelled(platformEvent('entityChangeEvent', payload, time))).slice(
            1,
            -1,
          );
          for (const [where, drop, insert] of damages) {
            const at = Math.floor(where * literal.length);
            literal = literal.slice(0, at) + insert + literal.slice(at + drop);
          }
          const text = read(`"${literal}"`);
          if (text === undefined) return;
          had += 1;
          expect(namedPayload(`"${literal}"`)).toBe(text);
        },
      ),
      { numRuns: 5_000, seed: 20_261_121 },
    );
    expect(had).toBeGreaterThan(500);
  });
});
