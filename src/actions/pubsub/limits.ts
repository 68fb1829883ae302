import type { ConfigProblem } from '../../contract/define.ts';
import { templateParts } from '../../support/expressions/template-parts.ts';

/* Pub/Sub's limits (cloud.google.com/pubsub/quotas, "Resource limits"). */

export const MOST_BYTES = 10_000_000;
const MOST_ATTRIBUTES = 100;
export const MOST_KEY_BYTES = 1024;
const MOST_NAME_BYTES = 256;
const MOST_VALUE_BYTES = 1024;

/** Undefined = it may be an attribute's name. */
export function nameProblem(name: string): string | undefined {
  if (name !== '' && Buffer.byteLength(name) <= MOST_NAME_BYTES && !name.startsWith('goog')) return undefined;
  const rule = `expected 1 to ${MOST_NAME_BYTES} bytes, not beginning with goog`;
  return `the attribute name ${JSON.stringify(name.slice(0, 60))} cannot be used: ${rule}`;
}

/** Undefined = an attribute may have so many bytes. */
export function valueProblem(name: string, bytes: number): string | undefined {
  if (bytes <= MOST_VALUE_BYTES) return undefined;
  return `the attribute ${name} has ${bytes} bytes, at most ${MOST_VALUE_BYTES} are allowed`;
}

/** Undefined = a message may have so many attributes. */
export function countProblem(count: number): string | undefined {
  if (count <= MOST_ATTRIBUTES) return undefined;
  return `the message has ${count} attributes, at most ${MOST_ATTRIBUTES} are allowed`;
}

/** What Pub/Sub would refuse whatever the event is: names, and the text around expressions. */
export function attributeProblems(attributes: Readonly<Record<string, string>>): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const [name, template] of Object.entries(attributes)) {
    const message = nameProblem(name) ?? valueProblem(name, literalBytes(template));
    if (message !== undefined) problems.push({ path: ['attributes', name], message });
  }
  const message = countProblem(Object.keys(attributes).length);
  if (message !== undefined) problems.push({ path: ['attributes'], message });
  return problems;
}

function literalBytes(template: string): number {
  const parts = templateParts(template);
  if ('message' in parts) return 0;
  let bytes = 0;
  for (const { kind, text } of parts) if (kind === 'text') bytes += Buffer.byteLength(text);
  return bytes;
}
