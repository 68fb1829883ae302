import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTopics, encodeSubscription, range, roundRobin } from '../../../src/sources/kafka/assigners.ts';

const groups = fc.record({
  topics: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 13 }), { minKeys: 1 }),
  wishes: fc.array(fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 }), { minLength: 1, maxLength: 6 }),
});

describe('who gets which partition', () => {
  it.each([
    ['roundrobin', roundRobin],
    ['range', range],
  ])('%s gives every partition that somebody wants to one member that wants it', (_, share) => {
    fc.assert(
      fc.property(groups, ({ topics, wishes }) => {
        const members = wishes.map((wish, i) => ({ memberId: `m${i}`, topics: wish }));
        const partitionsOf = (topic: string) => Array.from({ length: topics[topic] ?? 0 }, (_, i) => i);
        const shares = share(members, partitionsOf);
        const given = [...shares].flatMap(([member, byTopic]) =>
          [...byTopic].flatMap(([topic, partitions]) =>
            partitions.map((partition) => ({ member, topic, partition })),
          ),
        );
        for (const { member, topic } of given) {
          expect(members.find(({ memberId }) => memberId === member)?.topics).toContain(topic);
        }
        const wanted = Object.keys(topics).filter((topic) => wishes.some((wish) => wish.includes(topic)));
        const all = wanted.flatMap((topic) => partitionsOf(topic).map((n) => `${topic}-${n}`));
        expect(given.map(({ topic, partition }) => `${topic}-${partition}`).sort()).toEqual(all.sort());
      }),
    );
  });

  it.each([
    ['roundrobin', roundRobin],
    ['range', range],
  ])('%s shares one topic evenly', (_, share) => {
    const members = ['x', 'y', 'z'].map((memberId) => ({ memberId, topics: ['t'] }));
    const shares = share(members, () => Array.from({ length: 10 }, (_, i) => i));
    expect([...shares.values()].map((byTopic) => byTopic.get('t')?.length).sort()).toEqual([3, 3, 4]);
  });

  it('a subscription is written as other clients read it, and theirs is read', () => {
    expect(decodeTopics(encodeSubscription(['orders', 'größe']))).toEqual(['orders', 'größe']);
    // As Java writes it: version 3, one topic, user data, owned partitions, generation, rack.
    const java = Buffer.from(
      '0003' + '00000001' + '0001' + '74' + 'ffffffff' + '00000000' + 'ffffffff' + 'ffff',
      'hex',
    );
    expect(decodeTopics(java)).toEqual(['t']);
  });
});
