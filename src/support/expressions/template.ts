import type { ConfigProblem } from '../../contract/define.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import { dataJson } from '../events/data-json.ts';
import { type CelProblem, checkCel, compileCel } from './cel.ts';
import { type TemplatePart, templateParts } from './template-parts.ts';

/**
 * Text with expressions in it: `https://example.com/${{ event.data.id }}?type=${{ event.type }}`.
 *
 * A string is put in as it is, bytes as base64, an empty optional as nothing, and every other value as JSON text.
 * In a tree of JSON values, a string that is one expression and nothing else becomes the expression's value,
 * whatever its type; an empty optional leaves its key out.
 */

/** The first mistake in a template; `at` is the 0-based character of the whole text. Undefined = none. */
export function checkTemplate(text: string): CelProblem | undefined {
  const parts = templateParts(text);
  if ('message' in parts) return parts;
  for (const part of parts) {
    const problem = part.kind === 'cel' ? checkCel(part.text) : undefined;
    if (problem !== undefined) return { message: problem.message, at: part.at + problem.at };
  }
  return undefined;
}

/** Throws EVR_RECIPE for a text that `checkTemplate` has something against; the function that it makes throws
 *  EVR_TRANSFORM where an expression fails. `encode` is applied to every value that is put in, not to the text
 *  around (for a URL: `encodeURIComponent`). */
export function compileTemplate(text: string, encode?: (value: string) => string): (event: Event) => string {
  const pieces = partsOf(text).map((part) => {
    if (part.kind === 'text') return part.text;
    const value = insertion(part.text);
    return encode === undefined ? value : (event: Event) => encode(value(event));
  });
  const [only] = pieces;
  if (pieces.length === 0) return () => '';
  if (pieces.length === 1 && only !== undefined) return typeof only === 'string' ? () => only : only;
  return (event) => {
    let out = '';
    for (const piece of pieces) out += typeof piece === 'string' ? piece : piece(event);
    return out;
  };
}

/** `compileTemplate` for a JSON value with templates in its strings, at any depth. Keys are left as they are. */
export function compileValueTemplate(json: unknown): (event: Event) => unknown {
  if (typeof json === 'string') {
    const parts = partsOf(json);
    const [only] = parts;
    return parts.length === 1 && only?.kind === 'cel' ? compileCel(only.text) : compileTemplate(json);
  }
  if (typeof json !== 'object' || json === null) return () => json;
  if (Array.isArray(json)) {
    const elements = json.map(compileValueTemplate);
    return (event) => elements.map((element) => element(event) ?? null);
  }
  const members = Object.entries(json).map(([key, value]) => [key, compileValueTemplate(value)] as const);
  return (event) => objectOf(members, event);
}

/** The mistakes in all templates of a JSON value; `path` is where the value stands in the config. */
export function valueTemplateProblems(json: unknown, path: readonly (string | number)[]): ConfigProblem[] {
  if (typeof json === 'string') {
    const problem = checkTemplate(json);
    return problem === undefined ? [] : [{ path, ...problem }];
  }
  if (typeof json !== 'object' || json === null) return [];
  if (Array.isArray(json)) {
    return json.flatMap((element, index) => valueTemplateProblems(element, [...path, index]));
  }
  return Object.entries(json).flatMap(([key, value]) => valueTemplateProblems(value, [...path, key]));
}

/** The object of these members' values; a member without a value is left out. */
export function objectOf(
  members: readonly (readonly [key: string, read: (event: Event) => unknown])[],
  event: Event,
): Readonly<Record<string, unknown>> {
  const made: Record<string, unknown> = {};
  for (const [key, read] of members) {
    const value = read(event);
    if (value === undefined) continue;
    if (key === '__proto__') Object.defineProperty(made, key, { value, enumerable: true });
    else made[key] = value;
  }
  return made;
}

function partsOf(text: string): readonly TemplatePart[] {
  const parts = templateParts(text);
  if (!('message' in parts)) return parts;
  throw new EvrunError('EVR_RECIPE', `template: ${parts.message}, at character ${parts.at + 1} of ${text}`);
}

function insertion(expression: string): (event: Event) => string {
  const value = compileCel(expression);
  // Numbers that JavaScript would round keep their spelling where the whole data is put in.
  if (expression.trim() === 'event.data') return (event) => dataJson(event) ?? asText(value(event));
  return (event) => asText(value(event));
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : JSON.stringify(value);
}
