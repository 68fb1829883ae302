/*
 * Sources of patterns for JSON without blanks. Where such a pattern matches, JSON.parse takes the text; matching costs
 * a third of parsing, and makes no value. At each place one alternative at most can match, so a text that does not
 * match is given up in linear time.
 */

const CHARACTERS = String.raw`[^"\\\x00-\x1f]*`;
const ESCAPE = String.raw`\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})`;
const STRING = `"${CHARACTERS}(?:${ESCAPE}${CHARACTERS})*"`;
const NUMBER = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const SCALAR = `${STRING}|${NUMBER}|true|false|null`;

/** A string that says what it spells: without escapes. */
export const PLAIN_STRING = `"${CHARACTERS}"`;

/** A value in which containers nest `depth` levels deep at most. Its source doubles with each level. */
export function valuePattern(depth: number): string {
  if (depth === 0) return `(?:${SCALAR})`;
  return `(?:${SCALAR}|${objectPattern(depth - 1)}|${listPattern(depth - 1)})`;
}

/** An object; `depth`: of its members' values. */
export function objectPattern(depth: number): string {
  return String.raw`\{(?:${STRING}:${valuePattern(depth)}(?:,(?=")|(?=\})))*\}`;
}

function listPattern(depth: number): string {
  return String.raw`\[(?:${valuePattern(depth)}(?:,(?!\])|(?=\])))*\]`;
}
