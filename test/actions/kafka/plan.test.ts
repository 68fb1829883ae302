import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { type OutMessage, recordBytes } from '../../../src/support/kafka/produce-message.ts';
import { partitionOfKey } from '../../../src/support/kafka/produce-partition.ts';
import { planOf } from '../../../src/support/kafka/produce-plan.ts';

describe('the partition of a key', () => {
  const theirs = Partitioners.DefaultPartitioner();
  const of = (key: string | Buffer, partitions: number) =>
    theirs({
      topic: 't',
      partitionMetadata: Array.from({ length: partitions }, (_, partitionId) => ({
        partitionId,
        leader: 0,
        partitionErrorCode: 0,
        replicas: [],
        isr: [],
      })),
      message: { key, value: '' },
    });

  it('is the one that the client would choose, and so Java’s', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.integer({ min: 1, max: 500 }),
        (key, partitions) => {
          expect(partitionOfKey(key, partitions)).toBe(of(key, partitions));
        },
      ),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.integer({ min: 1, max: 500 }), (key, partitions) => {
        expect(partitionOfKey(key, partitions)).toBe(of(Buffer.from(key), partitions));
      }),
    );
  });
});

describe('the plan of requests', () => {
  const facts = new Map([
    ['a', { leaders: [1, 2, 1], maxBytes: 1000 }],
    ['b', { leaders: [2], maxBytes: undefined }],
  ]);
  const message = fc.record({
    topic: fc.constantFrom('a', 'b', 'unknown'),
    key: fc.option(fc.constantFrom('x', 'y', 'z', 'w'), { nil: undefined }),
    value: fc.integer({ min: 0, max: 1200 }).map((length) => 'v'.repeat(length)),
    headers: fc.option(fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 })), {
      nil: undefined,
    }),
  });

  it('keeps the order of each partition, one broker to a group, and every batch below the limit', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 60 }), fc.nat(), (messages: OutMessage[], turn) => {
        const { rounds, problems } = planOf(messages, { facts, compressed: false, turn });
        const last = new Map<string, number>();
        const placed = new Set<number>();
        for (const round of rounds) {
          const bytes = new Map<string, number>();
          for (const group of round) {
            const leaders = group.map(
              ({ message: { topic }, partition }) => facts.get(topic)?.leaders[partition],
            );
            expect(new Set(leaders).size).toBe(1);
            for (const { index, message: sent, partition } of group) {
              const name = `${sent.topic} ${partition}`;
              expect(index).toBeGreaterThan(last.get(name) ?? -1);
              last.set(name, index);
              placed.add(index);
              bytes.set(name, (bytes.get(name) ?? 61) + recordBytes(sent));
            }
          }
          for (const [name, total] of bytes)
            if (name.startsWith('a')) expect(total).toBeLessThanOrEqual(1000);
        }
        messages.forEach(({ topic }, index) => {
          const times = Number(placed.has(index)) + Number(problems.has(index)) + Number(topic === 'unknown');
          expect(times).toBe(1);
        });
      }),
    );
  });
});
