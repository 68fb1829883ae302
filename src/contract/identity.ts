import * as crypto from 'node:crypto';

/** 32 hex digits (128 bits of SHA-256) that name a thing by its text. */
export function identityHash(text: string): string {
  return sha256(text).slice(0, 32);
}

/** One call into the library where Node has it (20.12 and later): a third of the cost of a hash object. */
const sha256: (text: string) => string =
  typeof crypto.hash === 'function'
    ? (text) => crypto.hash('sha256', text, 'hex')
    : (text) => crypto.createHash('sha256').update(text).digest('hex');
