import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Bag } from '../../src/contract/bag.ts';

it('a bag holds what a set would, whatever is added, added again, removed and removed again', () => {
  const change = fc.record({ add: fc.boolean(), which: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const things = Array.from({ length: 10 }, (_, n) => ({ n, place: -1 }));
      const bag = new Bag<(typeof things)[number]>();
      const set = new Set<(typeof things)[number]>();
      for (const { add, which } of changes) {
        const thing = things[which] as (typeof things)[number];
        if (add) bag.add(thing);
        else bag.remove(thing);
        if (add) set.add(thing);
        else set.delete(thing);
        expect(bag.size).toBe(set.size);
        expect(bag.has(thing)).toBe(set.has(thing));
      }
      expect(new Set(bag)).toEqual(set);
    }),
  );
});
