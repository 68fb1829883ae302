import type { CelProblem } from './cel-problem.ts';

/** Operators as other languages have them, in lower case, and what CEL has in their place. */
const OPERATORS: Readonly<Record<string, string>> = {
  '=': '==',
  '===': '==',
  '!==': '!=',
  '<>': '!=',
  '&': '&&',
  '|': '||',
  and: '&&',
  or: '||',
  not: '!',
  is: '==',
  like: 'contains(), startsWith() or re()',
};

/**
 * The operator of another language at which the parser stopped, or behind which it did. Undefined where there is none.
 */
export function slipAt(text: string, at: number): CelProblem | undefined {
  for (const match of text.matchAll(/[=<>!&|]+|\b[a-z]+\b/gi)) {
    const [found] = match;
    const end = match.index + found.length;
    const isThere = match.index <= at && at <= end;
    const isBefore = end <= at && text.slice(end, at).trim() === '';
    const meant = OPERATORS[found.toLowerCase()];
    if (meant !== undefined && (isThere || isBefore))
      return { message: `CEL has no "${found}": write ${meant}`, at: match.index };
  }
  return undefined;
}
