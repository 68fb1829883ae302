/**
 * Paths into an event: `data.owner`, `data.items[0].id`, `data.items[*].email`, `data["a.b"]`, `subject`. They name
 * what is there and nothing else: no filters, no recursion, and no way to what JavaScript objects inherit.
 */

/** Every element of a list: `[*]`. */
export const EVERY = Symbol('[*]');

export type Segment = string | number | typeof EVERY;

/** A path that was taken apart: the attribute of the event and the way on from there. */
export interface EventPath {
  readonly text: string;
  readonly attribute: string;
  readonly rest: readonly Segment[];
}

export interface PathProblem {
  readonly message: string;
  readonly at: number;
}

export interface PathRules {
  /** Attributes that a path may begin with. */
  readonly attributes: readonly string[];
  /** Whether `[*]` makes sense. */
  readonly every: boolean;
}

const NAME = /[^.[\]"\s]+/y;
const INDEX = /\[(?:(\d{1,9})|(\*)|("(?:[^"\\]|\\.)*"))\]/y;
const INHERITED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const MOST_SEGMENTS = 64;

export function parsePath(text: string, rules: PathRules): EventPath | PathProblem {
  const segments = segmentsOf(text);
  if ('message' in segments) return segments;
  const [attribute, ...rest] = segments;
  if (typeof attribute !== 'string' || !rules.attributes.includes(attribute)) {
    const hint = attribute === 'event' ? `; write ${text.slice('event.'.length)}` : '';
    return {
      message: `expected a path that begins with ${rules.attributes.join(', ')}, got "${text}"${hint}`,
      at: 0,
    };
  }
  if (attribute === 'extensions' && (rest.length !== 1 || typeof rest[0] !== 'string')) {
    return { message: 'expected the name of one extension, e.g. extensions.tenant', at: 0 };
  }
  if (attribute !== 'data' && attribute !== 'extensions' && rest.length > 0) {
    return { message: `${attribute} is text: nothing is inside of it`, at: attribute.length };
  }
  if (!rules.every && rest.includes(EVERY)) {
    return { message: '[*] stands for many places, expected one', at: text.indexOf('[*]') };
  }
  return { text, attribute, rest };
}

function segmentsOf(text: string): readonly Segment[] | PathProblem {
  const segments: Segment[] = [];
  let at = 0;
  while (at < text.length) {
    const bracket = text[at] === '[';
    if (!bracket && segments.length > 0 && text[at++] !== '.') return unexpected(text, at - 1);
    const pattern = bracket ? INDEX : NAME;
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null || (bracket && segments.length === 0)) return unexpected(text, at);
    const segment = bracket ? indexOf(found) : found[0];
    if (segment === undefined) return { message: 'expected a string in JSON between the brackets', at };
    if (typeof segment === 'string' && INHERITED.has(segment)) {
      return { message: `"${segment}" is not a name that data may use`, at };
    }
    segments.push(segment);
    at = pattern.lastIndex;
  }
  if (segments.length === 0) return { message: 'expected a path, e.g. data.owner', at: 0 };
  if (segments.length > MOST_SEGMENTS) return { message: `expected at most ${MOST_SEGMENTS} steps`, at: 0 };
  return segments;
}

function indexOf([, index, star, quoted]: RegExpExecArray): Segment | undefined {
  if (index !== undefined) return Number(index);
  if (star !== undefined) return EVERY;
  try {
    return JSON.parse(quoted ?? '') as string;
  } catch {
    return undefined;
  }
}

function unexpected(text: string, at: number): PathProblem {
  const got = at < text.length ? `"${text[at]}"` : 'the end';
  return { message: `unexpected ${got} in the path; expected e.g. data.items[0].id or data["a.b"]`, at };
}
