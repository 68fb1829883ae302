import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FormatDefinition } from '../../src/contract/define.ts';
import { Envelope } from '../../src/contract/envelope.ts';
import { DecodeError } from '../../src/contract/errors.ts';
import type { DecodedEvent } from '../../src/contract/event.ts';
import type { FormatHarness } from '../../src/contract/harness.ts';
import { type Connector, checked } from './parts.ts';

const ATTRIBUTES = [
  'id',
  'source',
  'type',
  'time',
  'subject',
  'key',
  'datacontenttype',
  'dataschema',
  'extensions',
] as const;

export function formatSuite({ name, definition, harness }: Connector<FormatDefinition, FormatHarness>): void {
  const format = definition.create(checked(definition, harness.config ?? {}) as never);
  const decode = (record: (typeof harness.good)[number]['record']) => format.decode(record);

  describe(`format ${name}`, () => {
    beforeAll(async () => {
      const records = [...harness.good, ...(harness.ignored ?? []), ...harness.bad].map(
        ({ record }) => record,
      );
      await format.prepare?.(records, new AbortController().signal);
    });
    afterAll(async () => format.close?.());

    for (const { name: what, record, event } of harness.good) {
      it(`decodes ${what}`, () => {
        expect(decode(record)).toMatchObject(event);
      });
    }
    for (const { name: what, record } of harness.ignored ?? []) {
      it(`ignores ${what}, and says why`, () => {
        expect(decode(record)).toHaveProperty('ignored', expect.stringMatching(/./));
      });
    }
    for (const { name: what, record, message } of harness.bad) {
      it(`calls ${what} poison: a DecodeError that says what is wrong`, () => {
        expect(() => decode(record)).toThrow(DecodeError);
        expect(() => decode(record)).toThrow(message);
      });
    }

    it('is pure: the same record gives the same event, and is left as it was', () => {
      for (const { record } of harness.good) {
        const before = structuredClone(record.value);
        expect(decode(record)).toEqual(decode(record));
        expect(record.value).toEqual(before);
      }
    });

    it('answers any damage of a good record with an event or a DecodeError, nothing else', () => {
      for (const { record } of harness.good) {
        const bytes = Buffer.from(record.value as string);
        for (let i = 0; i < 300; i += 1) {
          const damaged = Buffer.from(bytes);
          const at = (i * 7919) % Math.max(damaged.length, 1);
          damaged[at] = (i * 31) % 256;
          const cut = i % 3 === 0 ? damaged.subarray(0, at) : damaged;
          try {
            decode({ ...record, value: cut });
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
        }
      }
    });

    it.runIf(format.encode !== undefined)('decodes what it encodes', () => {
      for (const { record } of harness.good) {
        const event = Envelope.from(decode(record) as DecodedEvent);
        const { value, key, headers } = (format.encode as NonNullable<typeof format.encode>)(event);
        const again = Envelope.from(decode({ ...record, value, key, headers }) as DecodedEvent);
        expect(again.data).toEqual(event.data);
        for (const attribute of ATTRIBUTES) {
          if (attribute === 'id' || attribute === 'source') continue;
          expect(again[attribute]).toEqual(event[attribute]);
        }
      }
    });
  });
}
