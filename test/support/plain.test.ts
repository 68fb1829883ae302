import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepCopy, plainEvent } from '../../src/support/events/plain.ts';
import { eventOf } from './events.ts';

describe("a module's own copy of an event", () => {
  it('has the attributes that the event has, and no others', () => {
    const event = eventOf({ data: { a: [1] }, key: 'k', extensions: { e: 1 }, meta: { m: { n: 1 } } });
    expect(plainEvent(event)).toStrictEqual({
      id: '1',
      source: '/test',
      type: 'T',
      key: 'k',
      extensions: { e: 1 },
      data: { a: [1] },
      meta: { m: { n: 1 } },
    });
    expect('data' in plainEvent(eventOf({}))).toBe(false);
  });

  it('shares nothing with the event', () => {
    const event = eventOf({ data: { a: [{ b: 1 }], bytes: Uint8Array.of(1) }, meta: { m: { n: 1 } } });
    const before = JSON.stringify([event.data, event.meta]);
    const copy = plainEvent(event) as unknown as {
      data: { a: { b: number }[]; bytes: Uint8Array };
      meta: { m: object };
    };
    copy.data.a.push({ b: 3 });
    (copy.data.a[0] as { b: number }).b = 2;
    copy.data.bytes[0] = 9;
    Object.assign(copy.meta.m, { n: 2 });
    expect(JSON.stringify([event.data, event.meta])).toBe(before);
  });

  it('is equal for any JSON, also with keys that objects inherit', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const value = JSON.parse(json) as unknown;
        expect(JSON.stringify(deepCopy(value))).toBe(JSON.stringify(value));
      }),
    );
    const hostile = JSON.parse('{"__proto__":{"polluted":{"x":1}},"constructor":{"y":1}}') as object;
    expect(JSON.stringify(deepCopy(hostile))).toBe(JSON.stringify(hostile));
    expect('polluted' in (deepCopy(hostile) as object)).toBe(false);
  });
});
