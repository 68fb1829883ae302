import type { CelProblem } from './cel.ts';

/** A stretch of a template: text as it stands, or an expression; `at` is where its text begins. */
export interface TemplatePart {
  readonly kind: 'text' | 'cel';
  readonly text: string;
  readonly at: number;
}

/** Takes a template apart at its `${{ … }}`. Braces and `}}` inside of an expression's strings and maps belong to
 *  the expression. */
export function templateParts(text: string): readonly TemplatePart[] | CelProblem {
  const parts: TemplatePart[] = [];
  let from = 0;
  while (from < text.length) {
    const open = text.indexOf('${{', from);
    if (open === -1) break;
    if (open > from) parts.push({ kind: 'text', text: text.slice(from, open), at: from });
    const begin = open + 3;
    const end = endOfExpression(text, begin);
    if (end === -1) return { message: 'expected }} that ends this ${{', at: open };
    parts.push({ kind: 'cel', text: text.slice(begin, end), at: begin });
    from = end + 2;
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from), at: from });
  return parts;
}

/** Where the `}}` stands that ends the expression which begins at `from`; -1 = nowhere. */
function endOfExpression(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const character = text[i];
    if (character === '"' || character === "'") i = endOfString(text, i);
    else if (character === '{') depth++;
    else if (character !== '}') continue;
    else if (depth > 0) depth--;
    else return text[i + 1] === '}' ? i : -1;
  }
  return -1;
}

/** The last character of the string literal that begins at `start`: `"…"`, `'…'` or tripled. As the parser has it, a
 *  backslash guards the quote after it in raw strings, too. */
function endOfString(text: string, start: number): number {
  const mark = text[start] as string;
  const quote = text.startsWith(mark.repeat(3), start) ? mark.repeat(3) : mark;
  for (let i = start + quote.length; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text.startsWith(quote, i)) return i + quote.length - 1;
  }
  return text.length;
}
