// JSON.parse tells the place of an error only sometimes, so this finds it: only after parsing has failed.

const EXCERPT = 24;
const BLANKS = /[ \t\r\n]*/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** What is wrong in `text`, which is not JSON: `unexpected "x" at character 6, near "{\"a\": x}"`. */
export function jsonError(text: string): string {
  if (text.trim() === '') return 'it is empty';
  const at = invalidJsonAt(text);
  const near = quoted(text, at - EXCERPT, at + EXCERPT);
  if (at >= text.length) return `it ends too early, at character ${text.length}, after ${near}`;
  return `unexpected ${JSON.stringify(text.charAt(at))} at character ${at}, near ${near}`;
}

/** Index of the first character that no JSON text could have there; the text's length = it ends too early. */
export function invalidJsonAt(text: string): number {
  const open: ('}' | ']')[] = [];
  let wants: 'value' | 'first' | 'name' | 'end' = 'value';
  let at = skip(BLANKS, text, 0);
  for (;;) {
    const char = text.charAt(at);
    const closes = char !== '' && char === open.at(-1);
    if (wants === 'end') {
      if (open.length === 0) return at;
      if (closes) open.pop();
      else if (char === ',') wants = open.at(-1) === '}' ? 'name' : 'value';
      else return at;
      at += 1;
    } else if (wants === 'first' && closes) {
      open.pop();
      wants = 'end';
      at += 1;
    } else if (wants === 'name' || (wants === 'first' && open.at(-1) === '}')) {
      const name = char === '"' ? stringEnd(text, at) : { at, whole: false };
      at = name.whole ? skip(BLANKS, text, name.at) : name.at;
      if (!name.whole || text.charAt(at) !== ':') return at;
      wants = 'value';
      at += 1;
    } else if (char === '{' || char === '[') {
      open.push(char === '{' ? '}' : ']');
      wants = 'first';
      at += 1;
    } else {
      const end = char === '"' ? stringEnd(text, at) : { at: skip(SCALAR, text, at), whole: true };
      if (!end.whole || end.at === at) return end.at;
      at = end.at;
      wants = 'end';
    }
    at = skip(BLANKS, text, at);
  }
}

function stringEnd(text: string, start: number): { at: number; whole: boolean } {
  let at = start + 1;
  for (;;) {
    while (plain(text.charCodeAt(at))) at += 1;
    if (text.charAt(at) === '"') return { at: at + 1, whole: true };
    const next = skip(ESCAPE, text, at);
    if (next === at) return { at, whole: false };
    at = next;
  }
}

/** Not a quote, a backslash, a control character or the end. */
function plain(code: number): boolean {
  return code >= 32 && code !== 34 && code !== 92;
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function quoted(text: string, from: number, to: number): string {
  const start = Math.max(0, from);
  const end = Math.min(text.length, to);
  return `${start > 0 ? '…' : ''}${JSON.stringify(text.slice(start, end))}${end < text.length ? '…' : ''}`;
}
