import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snsMessage } from '../../../src/formats/flyte/sns-message.ts';
import { decode, type Sent, transports } from './records.ts';

const RUNS = process.env['EVRUN_NIGHTLY'] === '1' ? 200_000 : 3_000;
const wrapped = transports['SNS, wrapped'] as readonly Sent[];
const bodies = wrapped.map(({ record }) => record.value as string);

/** What JSON.parse finds; undefined where the text is no notification. */
function parsed(text: string): string | undefined {
  try {
    const { Type, Message } = JSON.parse(text) as Record<string, unknown>;
    return Type === 'Notification' && typeof Message === 'string' ? Message : undefined;
  } catch {
    return undefined;
  }
}

it('is found in what SNS sends', () => {
  for (const body of bodies) expect(snsMessage(body)).toBe(parsed(body));
});

it('is what JSON.parse finds, in damaged notifications, too', () => {
  const members = '"Message":"b",|"Type":"x",|\\|"|{|}|[|]|,|:|{}|"a":{},|"a":"b",|é|\n|\u0000| '.split('|');
  const insert = fc.tuple(fc.nat(), fc.constantFrom(...members), fc.integer({ min: 0, max: 3 }));
  fc.assert(
    fc.property(fc.constantFrom(...bodies), fc.array(insert, { maxLength: 3 }), (body, inserts) => {
      let text = body;
      for (const [at, piece, instead] of inserts) {
        // Half of them where members begin.
        const commas = [...text.matchAll(/,/g)].map(({ index }) => index + 1);
        const place = at % 2 === 0 ? (commas[at % commas.length] ?? 0) : at % text.length;
        text = text.slice(0, place) + piece + text.slice(place + instead);
      }
      const found = snsMessage(text);
      // A message that is no base64 is left to those who read it.
      if (found === undefined || !/^[A-Za-z0-9+/=]*$/.test(found)) return;
      expect(found, text).toBe(parsed(text));
    }),
    { numRuns: RUNS },
  );
});

describe('a notification', () => {
  const [body = ''] = bodies;
  const message = parsed(body) ?? '';
  const read = (value: string) => decode({ name: '', record: { value, meta: {} } });
  const other = parsed(bodies[1] ?? '') ?? '';

  it.each([
    ['cut behind its message', body.slice(0, body.indexOf(message) + message.length + 1)],
    ['without its last brace', body.slice(0, -1)],
    ['with text behind it', `${body}x`],
    ['with a torn member', body.replace('"Timestamp":', '"Timestamp"')],
    ['with a control character', body.replace('arn:', 'arn:\u0001')],
    ['with a message before that is torn', body.replace('"Message"', '"Message":"\u0001","Message"')],
    ['with a comma at its end', body.replace(/\}$/, ',}')],
  ])('%s is refused, though its message is whole', (_, text) => {
    expect(() => read(text)).toThrow(/neither base64 nor JSON: (unexpected|it ends)/);
  });

  it.each([
    ['a second message', body.replace(/\}$/, `,"Message":"${other}"}`)],
    ['a second message under an escaped name', body.replace(/\}$/, `,"\\u004dessage":"${other}"}`)],
    ['an attribute of that name before it', body.replace('"MessageId"', `"a":{"Message":"x"},"MessageId"`)],
    ['a name that ends like it', body.replace('"MessageId"', '"a\\"Message":"x","MessageId"')],
  ])('with %s is read as JSON.parse does', (_, text) => {
    const { id } = read(text);
    expect(id).toBe(read(parsed(text) ?? '').id);
  });

  it('with another type at its end is what that says', () => {
    expect(() => read(body.replace(/\}$/, ',"Type":"UnsubscribeConfirmation"}'))).toThrow(/ignored: .*Unsub/);
  });
});
