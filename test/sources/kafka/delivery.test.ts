import { describe, expect, it } from 'vitest';
import { KafkaDelivery } from '../../../src/sources/kafka/delivery.ts';

const origin = { topic: 't', number: 0, partition: 't-0', epoch: 1, source: '/evrun/kafka/t' };
const read = (bytes: readonly number[] | string) =>
  new KafkaDelivery(origin, 0, {
    key: null,
    value: Buffer.from(bytes as string),
    timestamp: '0',
    attributes: 0,
    offset: '0',
    headers: {},
  }).value;

describe('the value of a record', () => {
  // Guard: as text, short values of Avro became dead letters.
  it('is bytes where it does not begin as JSON does, though all of it is ASCII', () => {
    expect(read([0, 0, 0, 0, 1, 2, 0x61, 2, 2, 0, 0])).toBeInstanceOf(Uint8Array);
    expect(read('abc')).toBeInstanceOf(Uint8Array);
  });

  it('is text where it is ASCII and begins as JSON does', () => {
    expect(read('{"n":1}')).toBe('{"n":1}');
    expect(read('{"n":"é"}')).toBeInstanceOf(Uint8Array);
  });
});
