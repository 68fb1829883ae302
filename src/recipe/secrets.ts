/** Which values of a recipe must never show, and their registration with the redactor. */
import type { OptionSchema } from '../contract/schema.ts';
import { addSecret } from '../support/logging/redact.ts';

/** Whether a key's value is better not shown, whatever it is: `token`, `API_KEY`, `passwrd`. */
export function looksSecret(key: string): boolean {
  return /tok[ea]?n|secret|pas+w|pwd|api[-_]?key|private[-_]?key|credential|authori[sz]ation|bearer/i.test(
    key,
  );
}

/** Registers every value under a key that the schema marks as secret, whether the value is valid or not. */
export function hideSecrets(schema: OptionSchema, value: unknown): void {
  if (schema.secret === true) {
    hideAll(value);
    return;
  }
  for (const branch of schema.oneOf ?? []) hideSecrets(branch, value);
  if (Array.isArray(value)) {
    for (const item of value) if (schema.items !== undefined) hideSecrets(schema.items, item);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const rest = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  for (const [key, inner] of Object.entries(value)) {
    const known = schema.properties;
    const option = known !== undefined && Object.hasOwn(known, key) ? known[key] : rest;
    if (option !== undefined) hideSecrets(option, inner);
    // A secret under a key that was mistyped is one all the same.
    else if (known !== undefined && looksSecret(key)) hideAll(inner);
    if (/^(?:proxy-)?authorization$|^cookie$|^x-api-key$/i.test(key)) hideAll(inner);
  }
}

function hideAll(value: unknown): void {
  if (typeof value === 'string' || typeof value === 'number') hide(String(value));
  else if (typeof value === 'object' && value !== null) Object.values(value).forEach(hideAll);
}

function hide(value: string): void {
  // A template is no secret, what it makes is not known here.
  if (value.includes('${{')) return;
  addSecret(value);
  // `Bearer xyz` is sent as one, but the token alone is the secret.
  const credentials = /^(?:bearer|basic|token)\s+(\S+)$/i.exec(value)?.[1];
  if (credentials !== undefined) addSecret(credentials);
}
