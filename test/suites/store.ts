import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Change, OwnedStore } from '../../src/contract/store.ts';

/** A place for one store, e.g. a folder: opened as often as the suite likes, never twice at once. */
export interface StoreHarness extends AsyncDisposable {
  open(): Promise<OwnedStore>;
}

/** What every store promises, whatever it keeps its state in. */
export function storeSuite(name: string, make: () => Promise<StoreHarness>): void {
  describe(`store ${name}`, () => {
    test('what was written is there after a restart', async () => {
      await using place = await make();
      const first = await place.open();
      await first.write([set('a', 1), set('b', 2)]);
      await first.write([set('a', 3), remove('b'), set('c', null)]);
      await first.close();
      const second = await place.open();
      expect(contents(second)).toEqual([
        ['a', 3],
        ['c', null],
      ]);
      expect(second.get('b')).toBeUndefined();
      await second.close();
    });

    test('a write is visible at once', async () => {
      await using place = await make();
      const store = await place.open();
      const written = store.write([set('a', 1)]);
      expect(store.get('a')).toBe(1);
      await written;
      await store.close();
    });

    test('JSON values of every kind come back as they were', async () => {
      await using place = await make();
      const values = [
        0,
        -1.5,
        2 ** 53,
        '',
        'ünï\u0000\n"\\\u2028🎉',
        true,
        false,
        null,
        [],
        {},
        [[null, { a: [] }]],
      ];
      const store = await place.open();
      await store.write(values.map((value, index) => set(`k${index}`, value)));
      const check = (one: OwnedStore) =>
        expect(values.map((_, index) => one.get(`k${index}`))).toEqual(values);
      check(store);
      await store.close();
      const again = await place.open();
      check(again);
      await again.close();
    });

    test('keys of any text are kept apart', async () => {
      await using place = await make();
      const keys = ['', ' ', '/', 'a/b', '\u0000', '__proto__', 'constructor', 'ä', '🎉', 'x'.repeat(10_000)];
      const store = await place.open();
      await store.write(keys.map((key, index) => set(key, index)));
      await store.close();
      const again = await place.open();
      expect(keys.map((key) => again.get(key))).toEqual(keys.map((_, index) => index));
      await again.close();
    });

    // Without the copies in `prepare` and `get` this is red.
    test('an object that its owner changes later does not change the store', async () => {
      await using place = await make();
      const store = await place.open();
      const value = { offset: 1 };
      await store.write([set('position', value)]);
      value.offset = 2;
      (store.get('position') as { offset: number }).offset = 3;
      expect(store.get('position')).toEqual({ offset: 1 });
      await store.close();
    });

    test('a value that is not JSON is refused, and nothing of its write is kept', async () => {
      await using place = await make();
      const store = await place.open();
      const circular: Record<string, unknown> = {};
      circular['self'] = circular;
      for (const bad of [circular, () => 1, Symbol('x'), 10n]) {
        await expect(store.write([set('good', 1), set('bad', bad)])).rejects.toThrow(TypeError);
      }
      expect(contents(store)).toEqual([]);
      await store.close();
    });

    test('keys come in the order in which they were first written, by prefix, also after a restart', async () => {
      await using place = await make();
      const store = await place.open();
      await store.write(['x1', 'y1', 'x3', 'x2'].map((key) => set(key, 0)));
      await store.write([set('x3', 1), remove('x1'), set('x0', 1)]);
      expect([...store.keys('x')]).toEqual(['x3', 'x2', 'x0']);
      await store.close();
      const again = await place.open();
      expect([...again.keys('x')]).toEqual(['x3', 'x2', 'x0']);
      expect([...again.keys('')]).toEqual(['y1', 'x3', 'x2', 'x0']);
      expect([...again.keys('z')]).toEqual([]);
      await again.close();
    });

    test('scopes do not see each other', async () => {
      await using place = await make();
      const store = await place.open();
      const [a, b, ab] = [store.scope('a'), store.scope('b'), store.scope('a').scope('b')];
      await a.write([set('k', 'a')]);
      await b.write([set('k', 'b')]);
      await ab.write([set('k', 'ab')]);
      expect([a.get('k'), b.get('k'), ab.get('k'), store.get('k')]).toEqual(['a', 'b', 'ab', undefined]);
      expect([...b.keys('')]).toEqual(['k']);
      await store.close();
      const again = await place.open();
      expect(again.scope('a').scope('b').get('k')).toBe('ab');
      await again.close();
    });

    test('concurrent writes are all kept, the last one of a key wins', async () => {
      await using place = await make();
      const store = await place.open();
      await Promise.all(
        Array.from({ length: 500 }, (_, n) => store.write([set(`k${n}`, n), set('last', n)])),
      );
      await store.close();
      const again = await place.open();
      expect([...again.keys('k')]).toHaveLength(500);
      expect(again.get('last')).toBe(499);
      await again.close();
    });

    // Without the lock both open.
    test('a second owner is refused, told who holds it, and welcome afterwards', async () => {
      await using place = await make();
      const first = await place.open();
      const refusal = await place.open().catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'EVR_LOCKED', exitCode: 6 });
      expect(String(refusal)).toContain(`process ${process.pid}`);
      await first.close();
      await first.close();
      const second = await place.open();
      await second.close();
    });

    test('a closed store refuses writes', async () => {
      await using place = await make();
      const store = await place.open();
      await store.close();
      await expect(store.write([set('a', 1)])).rejects.toMatchObject({ code: 'EVR_STATE' });
    });

    test('any sequence of writes and restarts leaves what a map would hold', async () => {
      const key = fc.constantFrom('a', 'b', 'c/d', 'e');
      const change = fc.record({ key, value: fc.option(fc.jsonValue(), { nil: undefined }) });
      const steps = fc.array(fc.oneof(fc.array(change, { maxLength: 5 }), fc.constant('restart' as const)), {
        maxLength: 20,
      });
      await fc.assert(
        fc.asyncProperty(steps, async (sequence) => {
          await using place = await make();
          const model = new Map<string, unknown>();
          let store = await place.open();
          for (const step of sequence) {
            if (step === 'restart') {
              await store.close();
              store = await place.open();
            } else {
              await store.write(step);
              for (const { key, value } of step) {
                if (value === undefined) model.delete(key);
                else model.set(key, JSON.parse(JSON.stringify(value)));
              }
            }
            expect(contents(store)).toEqual([...model]);
          }
          await store.close();
        }),
        { numRuns: 40 },
      );
    });
  });
}

export function set(key: string, value: unknown): Change {
  return { key, value };
}

export function remove(key: string): Change {
  return { key, value: undefined };
}

/** All keys and values, in order. */
export function contents(store: OwnedStore): [string, unknown][] {
  return [...store.keys('')].map((key) => [key, store.get(key)]);
}
