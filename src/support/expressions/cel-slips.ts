import type { CelProblem } from './cel-problem.ts';

/** Operators as other languages have them, in lower case, and what CEL has in their place. */
const OPERATORS: ReadonlyMap<string, string> = new Map([
  ['=', '=='],
  ['===', '=='],
  ['!==', '!='],
  ['<>', '!='],
  ['&', '&&'],
  ['|', '||'],
  ['and', '&&'],
  ['or', '||'],
  ['not', '!'],
  ['is', '=='],
  ['like', 'contains(), startsWith() or re()'],
]);

/** Behind a point a word is a member's name. */
const OPERATOR = /[=<>!&|]+|(?<!\.)\b[a-z]+\b/gi;

/**
 * The operator of another language at which the parser stopped, or behind which it did. Undefined where there is none.
 */
export function slipAt(text: string, at: number): CelProblem | undefined {
  for (const match of text.matchAll(OPERATOR)) {
    const [found] = match;
    const end = match.index + found.length;
    const isThere = match.index <= at && at <= end;
    const isBefore = end <= at && text.slice(end, at).trim() === '';
    const meant = OPERATORS.get(found.toLowerCase());
    if (meant !== undefined && (isThere || isBefore))
      return { message: `CEL has no "${found}": write ${meant}`, at: match.index };
  }
  return undefined;
}
