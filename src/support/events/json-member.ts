const BLANKS = /[ \t\r\n]*/y;
const SCALAR = /[^,\]}\s]+/y;
/** Up to and including the next character that opens, closes or quotes. */
const TO_NEXT_MARK = /[^{}[\]"]*[{}[\]"]/y;

/**
 * The text of a member's value in a JSON object, exactly as it stands there, so that numbers keep their spelling.
 * Of equal names the last one counts, as for JSON.parse. `text` must be an object in valid JSON; undefined where
 * it has no such member.
 */
export function memberText(text: string, name: string): string | undefined {
  let found: string | undefined;
  let at = after(BLANKS, text, text.indexOf('{') + 1);
  while (text.charAt(at) === '"') {
    const keyEnd = stringEnd(text, at);
    const key = text.slice(at + 1, keyEnd - 1);
    const start = after(BLANKS, text, after(BLANKS, text, keyEnd) + 1);
    const end = valueEnd(text, start);
    const spelled = key.includes('\\') ? (JSON.parse(`"${key}"`) as string) : key;
    if (spelled === name) found = text.slice(start, end);
    at = after(BLANKS, text, end);
    if (text.charAt(at) === ',') at = after(BLANKS, text, at + 1);
  }
  return found;
}

function valueEnd(text: string, start: number): number {
  const first = text.charAt(start);
  if (first === '"') return stringEnd(text, start);
  if (first !== '{' && first !== '[') return after(SCALAR, text, start);
  let depth = 1;
  let at = start + 1;
  while (depth > 0) {
    const next = after(TO_NEXT_MARK, text, at);
    if (next === at) return text.length;
    const mark = text.charAt(next - 1);
    at = mark === '"' ? stringEnd(text, next - 1) : next;
    if (mark === '{' || mark === '[') depth++;
    else if (mark !== '"') depth--;
  }
  return at;
}

/** Behind the closing quote of the string that opens at `start`. No pattern: millions of escapes overflow its stack. */
function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === 92) backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

/** Where `pattern`, which is sticky, ends if it matches at `at`; else `at`. */
function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
