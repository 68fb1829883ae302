/** How `${…}` is written: its name, its operation and where it ends. What it means is in `expand.ts`. */
import { EvrunError } from '../contract/errors.ts';

const NAME = /\$?[\p{L}\p{N}_]*/uy;

/** What stands in `${…}`; `operation` is undefined in `${NAME}`. `end` is behind the closing brace. */
export interface Form {
  readonly name: string;
  readonly kind: 'value' | 'length' | 'indirect';
  readonly colon: boolean;
  readonly operation: string | undefined;
  readonly end: number;
}

/** The form that begins behind `${` at `from`. Throws EvrunError for one that is none. */
export function bracesAt(text: string, from: number): Form {
  const mark = text[from];
  const kind = mark === '#' ? 'length' : mark === '!' ? 'indirect' : 'value';
  const start = kind === 'value' ? from : from + 1;
  const name = nameAt(text, start);
  let at = start + name.length;
  if (at >= text.length) throw unclosed(text, from);
  if (name === '')
    throw wrong(`\${${text.slice(from, from + 20)} has no variable name: names hold letters, digits and _`);
  if (text[at] === '}') return { name, kind, colon: false, operation: undefined, end: at + 1 };
  if (kind === 'length') throw wrong(`expected } after \${#${name}`);
  const colon = text[at] === ':';
  if (colon) at++;
  if (text[at] === '}')
    throw wrong(`\${${name}:} says nothing after the colon: a default is \${${name}:-text}`);
  // The first character tells the operation and is no brace to be balanced, whatever it is.
  let open = 1;
  let end = at + 1;
  for (; end < text.length; end++) {
    if (text[end] === '{') open++;
    else if (text[end] === '}' && --open === 0) break;
  }
  if (end >= text.length) throw unclosed(text, from);
  return { name, kind, colon, operation: text.slice(at, end), end: end + 1 };
}

/** The variable name that begins at `at`: letters, digits and `_`, after at most one `$`. Empty = none. */
export function nameAt(text: string, at: number): string {
  NAME.lastIndex = at;
  return NAME.exec(text)?.[0] ?? '';
}

function unclosed(text: string, from: number): EvrunError {
  return wrong(`\${${text.slice(from, from + 20)} has no closing }`);
}

export function wrong(what: string): EvrunError {
  return new EvrunError('EVR_RECIPE', `cannot expand: ${what}`);
}
