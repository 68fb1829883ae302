import { createHash, createHmac } from 'node:crypto';
import type { Change } from '../../support/events/path-change.ts';

export type Mode = 'mask' | 'remove' | 'hash';

/** What becomes of a value; nothing stays nothing. A hash is that of a text itself, else of the value's JSON. */
export function replacement(mode: Mode, mask: string, salt: string | undefined): Change {
  switch (mode) {
    case 'mask':
      return (value) => (value === undefined ? undefined : mask);
    case 'remove':
      return () => undefined;
    case 'hash':
      return (value) => (value === undefined ? undefined : `sha256:${hash(bytesOf(value), salt)}`);
  }
}

function bytesOf(value: unknown): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  return JSON.stringify(value) ?? '';
}

function hash(value: string | Uint8Array, salt: string | undefined): string {
  const digest = salt === undefined ? createHash('sha256') : createHmac('sha256', salt);
  return digest.update(value).digest('hex');
}
