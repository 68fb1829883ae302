const WIDTH = 100;

/** The line of `text` that holds character `at` (0-based), cut to a screen's width, and a caret below it. */
export function celExcerpt(text: string, at: number): string {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  const lineEnd = text.indexOf('\n', at);
  const line = text.slice(lineStart, lineEnd === -1 ? text.length : lineEnd);
  const column = at - lineStart;
  const from = column < WIDTH - 20 ? 0 : column - WIDTH / 2;
  const lead = from > 0 ? '…' : '';
  const cut = line.slice(from, from + WIDTH).replaceAll('\t', ' ');
  const tail = from + WIDTH < line.length ? '…' : '';
  return `  ${lead}${cut}${tail}\n  ${' '.repeat(lead.length + column - from)}^`;
}
