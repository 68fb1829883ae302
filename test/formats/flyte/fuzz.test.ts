import { expect, it } from 'vitest';
import { DecodeError } from '../../../src/contract/errors.ts';
import { decodeRecord } from '../../../src/formats/flyte/decode.ts';
import { envelopeJson } from '../../../src/support/events/envelope-json.ts';
import { externalTransports, messageOf, type Sent, transports } from './records.ts';

const BODIES = process.env['EVRUN_NIGHTLY'] === '1' ? 100_000 : 4_000;

/** Numbers from a seed, so that a failure comes again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

const random = randomFrom(20_261_120);
const all: readonly Sent[] = [...Object.values(transports), ...Object.values(externalTransports)].flat();
/** Bytes that mean something: lengths, tags, quotes, padding. */
const TELLING = [0, 1, 0x0a, 0x12, 0x1a, 0x22, 0x2a, 0x32, 0x3d, 0x5c, 0x7b, 0x7f, 0x80, 0xff];

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let times = 1 + random(4); times > 0 && copy.length > 0; times -= 1) {
    copy[random(copy.length)] = random(2) === 0 ? (TELLING[random(TELLING.length)] as number) : random(256);
  }
  switch (random(5)) {
    case 0:
      return copy.subarray(0, random(copy.length + 1));
    case 1:
      return Buffer.concat([copy.subarray(random(copy.length + 1)), copy.subarray(0, random(64))]);
    case 2: {
      const at = random(copy.length + 1);
      return Buffer.concat([copy.subarray(0, at), copy.subarray(Math.max(0, at - random(32)))]);
    }
    default:
      return copy;
  }
}

/** Damages the body as it is, or the protobuf inside its base64. */
function mutated({ record, message, name }: Sent) {
  const { value } = record;
  const bytes = Buffer.from(value as string);
  const inner =
    typeof value === 'string' && !value.startsWith('{') ? Buffer.from(value, 'base64') : undefined;
  const body = inner !== undefined && random(2) === 0 ? damaged(inner).toString('base64') : damaged(bytes);
  return {
    record: { ...record, value: random(3) === 0 && Buffer.isBuffer(body) ? body.toString('latin1') : body },
    message: message ?? (random(2) === 0 ? messageOf(name) : undefined),
  };
}

it(`${BODIES.toLocaleString('en-US')} damaged bodies are an event or a DecodeError each, nothing else`, () => {
  const count = { events: 0, ignored: 0, refused: 0 };
  for (let n = 0; n < BODIES; n += 1) {
    const { record, message } = mutated(all[random(all.length)] as Sent);
    try {
      const event = decodeRecord(record, message);
      if ('ignored' in event) count.ignored += 1;
      else {
        count.events += 1;
        // What is read lazily must not fail later.
        expect(JSON.parse(envelopeJson(event))).toHaveProperty('event', event.data);
        expect(event.key ?? '').toBeTypeOf('string');
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      count.refused += 1;
    }
  }
  expect(count.events).toBeGreaterThan(BODIES / 50);
  expect(count.refused).toBeGreaterThan(BODIES / 4);
});
