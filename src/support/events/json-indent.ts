/** Strings, numbers and names as a whole, else one mark. Blanks between them match nothing and are left out. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[^\s"{}[\]:,]+|[{}[\]:,]/g;

/**
 * JSON text as Python's `json.dumps(…, indent=4)` prints it: ASCII only, `{}` and `[]` for what is empty.
 * Works on the text, so that numbers keep their digits. `json` must be valid.
 */
export function indentedJson(json: string): string {
  const tokens = json.match(TOKENS) ?? [];
  let out = '';
  let depth = 0;
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i] as string;
    if (token === '{' || token === '[') {
      const next = tokens[i + 1];
      if (next === '}' || next === ']') {
        out += token + next;
        i += 1;
      } else {
        depth += 1;
        out += token + newLine(depth);
      }
    } else if (token === '}' || token === ']') {
      depth -= 1;
      out += newLine(depth) + token;
    } else if (token === ',') out += token + newLine(depth);
    else if (token === ':') out += ': ';
    else out += token.startsWith('"') ? asciiString(token) : token;
  }
  return out;
}

function newLine(depth: number): string {
  return '\n' + ' '.repeat(4 * depth);
}

/** The string literal in Python's spelling: everything outside printable ASCII as `\uXXXX`. */
function asciiString(literal: string): string {
  const plain = literal.includes('\\') ? JSON.stringify(JSON.parse(literal)) : literal;
  return plain.replace(/[^ -~]/g, (unit) => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0'));
}
