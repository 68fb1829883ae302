import { hash } from 'node:crypto';

/** 32 hex digits (128 bits of SHA-256) that name a thing by its text. */
export function identityHash(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}
