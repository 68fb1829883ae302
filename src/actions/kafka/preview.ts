import { redact } from '../../support/logging/redact.ts';
import type { Draft } from './record.ts';

/** What would be written, on one line: topic, partition, key, headers and value, with secrets masked. */
export function previewLine({ topic, partition, key, headers, value, event }: Draft): string {
  const words = [`kafka ${topic}`];
  if (partition !== undefined) words.push(`partition ${partition}`);
  if (key !== undefined) words.push(`key ${JSON.stringify(key)}`);
  for (const [name, header] of Object.entries(headers ?? {})) words.push(`${name}=${JSON.stringify(header)}`);
  words.push(shown(value, event.data));
  return redact(words.join(' '));
}

function shown(value: Draft['value'], data: unknown): string {
  if (value === null) return '(no value)';
  if (value === undefined) return `avro of ${JSON.stringify(data)}`;
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  return /[\r\n]/.test(value) ? JSON.stringify(value) : value;
}
