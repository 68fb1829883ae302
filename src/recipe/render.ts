import { styleText } from 'node:util';
import type { Problem } from './problem.ts';

/**
 * A problem as people see it, without a newline at the end:
 *
 *     recipes/tags.yml:12:17  EVR_RECIPE  action.config.timeout_ms
 *        12 |     timeout_ms: 10s
 *           |                 ^^^ expected an integer (milliseconds), got "10s". Write 10000.
 */
export function renderProblem(problem: Problem, color: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const { line, column, caret, excerpt } = problem;
  const tone = problem.severity === 'error' ? 'red' : 'yellow';
  const place = line === 0 ? problem.file : `${problem.file}:${line}:${column}`;
  const label = problem.severity === 'error' ? problem.code : `${problem.code} warning`;
  const head = [paint('bold', place), paint(tone, label), ...(problem.path === '' ? [] : [problem.path])];
  const said = printable(sentence(problem));
  if (line === 0 || excerpt === undefined || caret === undefined) return `${head.join('  ')}\n  ${said}`;
  const number = String(line).padStart(5);
  const gap = ' '.repeat(width(excerpt.slice(0, caret.at)));
  const carets = paint(
    tone,
    '^'.repeat(Math.max(1, width(excerpt.slice(caret.at, caret.at + caret.length)))),
  );
  return [
    head.join('  '),
    `${paint('dim', `${number} |`)} ${excerpt}`,
    `${paint('dim', `${' '.repeat(5)} |`)} ${gap}${carets} ${said}`,
  ].join('\n');
}

/** Everything that a problem says, as sentences in one line. */
export function sentence({ message, fix, didYouMean }: Problem): string {
  const parts = [/[.!?]$/.test(message) ? message : `${message}.`];
  if (didYouMean !== undefined) parts.push(`Did you mean "${didYouMean}"?`);
  if (fix !== undefined) parts.push(fix);
  return parts.join(' ');
}

/** Columns on a terminal; wide characters (CJK, emoji) take two. */
function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    const wide =
      /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}]/u;
    columns += wide.test(character) || /[\uFF01-\uFF60]/u.test(character) ? 2 : 1;
  }
  return columns;
}

function printable(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').replace(/\p{Cc}/gu, '\uFFFD');
}
