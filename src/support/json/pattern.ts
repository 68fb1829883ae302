/*
 * Sources of patterns for JSON of one spelling. Where such a pattern matches, JSON.parse takes the text; matching costs
 * half of parsing, and makes no value. At each place one alternative at most can match, so a text that does not
 * match is given up in linear time.
 */

const CHARACTERS = String.raw`[^"\\\x00-\x1f]*`;
const ESCAPE = String.raw`\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})`;
const STRING = `"${CHARACTERS}(?:${ESCAPE}${CHARACTERS})*"`;
const NUMBER = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const SCALAR = `${STRING}|${NUMBER}|true|false|null`;

/** A string that says what it spells: without escapes. */
export const PLAIN_STRING = `"${CHARACTERS}"`;

/** What stands between values and between names and values. */
export interface Blanks {
  readonly comma: string;
  readonly colon: string;
}

/** As JSON.stringify writes. */
export const COMPACT: Blanks = { comma: ',', colon: ':' };
/** As Python's json.dumps writes. */
export const SPACED: Blanks = { comma: ', ', colon: ': ' };

export interface Patterns extends Blanks {
  /** A value in which containers nest `depth` levels deep at most. Its source doubles with each level. */
  value(depth: number): string;
  /** An object; `depth`: of its members' values. */
  object(depth: number): string;
}

export function patternsFor({ comma, colon }: Blanks): Patterns {
  const value = (depth: number): string =>
    depth === 0 ? `(?:${SCALAR})` : `(?:${SCALAR}|${object(depth - 1)}|${list(depth - 1)})`;
  const object = (depth: number): string =>
    String.raw`\{(?:${STRING}${colon}${value(depth)}(?:${comma}(?=")|(?=\})))*\}`;
  const list = (depth: number): string => String.raw`\[(?:${value(depth)}(?:${comma}(?!\])|(?=\])))*\]`;
  return { comma, colon, value, object };
}
