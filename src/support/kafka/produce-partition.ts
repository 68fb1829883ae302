/**
 * The partition that a key belongs to, as Java's producer and DataHub have it (murmur2, without the sign), so that
 * events keep their partition whoever writes them.
 */
export function partitionOfKey(key: string | Uint8Array, partitions: number): number {
  const bytes = typeof key === 'string' ? Buffer.from(key) : key;
  return (murmur2(bytes) & 0x7fffffff) % partitions;
}

const SEED = 0x9747b28c;
const MIX = 0x5bd1e995;

/** Austin Appleby's MurmurHash2 of 32 bits, with Kafka's seed. */
export function murmur2(bytes: Uint8Array): number {
  const whole = bytes.length & ~3;
  let hash = SEED ^ bytes.length;
  for (let at = 0; at < whole; at += 4) {
    let word = at32(bytes, at) | (at32(bytes, at + 1) << 8);
    word |= (at32(bytes, at + 2) << 16) | (at32(bytes, at + 3) << 24);
    word = Math.imul(word, MIX);
    word = Math.imul(word ^ (word >>> 24), MIX);
    hash = Math.imul(hash, MIX) ^ word;
  }
  for (let at = bytes.length - 1; at >= whole; at -= 1) hash ^= at32(bytes, at) << (8 * (at - whole));
  if (whole < bytes.length) hash = Math.imul(hash, MIX);
  hash = Math.imul(hash ^ (hash >>> 13), MIX);
  return hash ^ (hash >>> 15);
}

function at32(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}
