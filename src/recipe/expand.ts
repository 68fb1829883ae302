/**
 * Environment variables in a recipe's texts, exactly as DataHub Actions expands them (expandvars 1.1): every
 * form of `${VAR}`, in one text at a time. Pure: the environment, the process id and the reader of secret files
 * come from outside. Its one addition is `${file:/run/secrets/x}`; `${{ CEL }}` is a template of ours and stays
 * as it stands. Results are not expanded again. The time and the size are bounded, whatever the text.
 */
import { EvrunError } from '../contract/errors.ts';
import { templateParts } from '../support/expressions/template-parts.ts';
import { bracesAt, type Form, nameAt, wrong } from './expand-form.ts';

export interface Surroundings {
  /** `:=` writes into it, seen by what is expanded later. */
  readonly env: Map<string, string>;
  readonly pid: number;
  /** The content of a secret file. Throws EvrunError. */
  readonly readFile: (path: string) => string;
}

/** A variable that is not set, or empty where it must not be: of a form without a default. */
export class UnboundVariable extends EvrunError {
  readonly variable: string;

  constructor(name: string) {
    super('EVR_RECIPE', `Unbound variable(s) provided in config YAML: ${name} is not set`);
    this.variable = name;
  }
}

const DEEPEST = 32;
const LONGEST = 4 * 1024 * 1024;

/**
 * The text with its variables filled in. A text with `${…}` on one line is expanded as a whole; one that begins
 * with `$` is too, but is left as it is where a variable is not set; any other stays. Throws EvrunError
 * (UnboundVariable) with what is wrong, never a value.
 */
export function expandText(text: string, around: Surroundings): string {
  if (!text.includes('$')) return text;
  const { masked, restore } = withoutTemplates(text);
  if (hasBraces(masked)) return restore(expanded(masked, true, around, 0));
  if (!masked.startsWith('$')) return text;
  try {
    return restore(expanded(masked, true, around, 0));
  } catch (error) {
    if (error instanceof UnboundVariable) return text;
    throw error;
  }
}

function expanded(text: string, strict: boolean, around: Surroundings, depth: number): string {
  if (depth > DEEPEST) throw wrong(`variables are nested more than ${DEEPEST} deep`);
  let out = '';
  let at = 0;
  while (at < text.length) {
    if (out.length > LONGEST) throw wrong(`the text grows beyond ${LONGEST / 1024 / 1024} MiB`);
    const next = nextSpecial(text, at);
    out += text.slice(at, next);
    if (next === text.length) break;
    if (text[next] === '\\') {
      const character = text[next + 1];
      if (character === undefined) throw wrong('a text that is expanded cannot end with a single \\');
      out += character === '$' || character === '\\' ? character : `\\${character}`;
      at = next + 2;
    } else if (text[next + 1] === '{') {
      const form = bracesAt(text, next + 2);
      out += formText(form, strict, around, depth);
      at = form.end;
    } else {
      const name = nameAt(text, next + 1);
      out += name === '' ? '$' : (lookup(name, around) ?? unset(name, strict, around));
      at = next + 1 + name.length;
    }
  }
  return out;
}

function formText(form: Form, strict: boolean, around: Surroundings, depth: number): string {
  const { name, operation } = form;
  if (form.kind === 'length') return String([...(lookup(name, around) ?? '')].length);
  if (isFile(form)) return around.readFile(expanded(operation as string, true, around, depth + 1));
  let target = name;
  if (form.kind === 'indirect') {
    const named = lookup(name, around);
    if (named === undefined) throw wrong(`\${!${name}}: ${name} is not set, expected the name of a variable`);
    target = name === '$' ? name : named;
  }
  const value = lookup(target, around);
  if (operation === undefined) return value ?? unset(name, strict, around);
  const sign = operation[0] as string;
  if (!'-=+?'.includes(sign)) return slice(name, value ?? '', expanded(operation, false, around, depth + 1));
  // Always expanded, even if unused: `:=` inside writes, `:?` inside raises.
  const text = expanded(operation.slice(1), false, around, depth + 1);
  if (sign === '+') return value ? text : '';
  if (value) return value;
  if (sign === '?') return around.env.get(RECOVER) ?? missing(name, text);
  if (sign === '=') around.env.set(name, text);
  return text;
}

/** `${file:…}`, but not an operation on a variable named `file`: `${file:-x}`, `${file:2}`. */
function isFile({ name, kind, colon, operation }: Form): boolean {
  return name === 'file' && kind === 'value' && colon && /^[^-=+?\s\d:]/.test(operation ?? '');
}

/** `${VAR:offset:length}`, counted in code points. What is no number is 0, as are unknown operations. */
function slice(name: string, value: string, operation: string): string {
  const [offset = '', length, ...more] = operation.split(':');
  if (operation === '' || more.length > 0) throw wrong(`\${${name}:…}: expected \${${name}:offset:length}`);
  const characters = [...value];
  const first = integer(offset) ?? 0;
  const start = first < 0 ? Math.max(characters.length + first, 0) : first;
  if (length === undefined) return characters.slice(start).join('');
  const count = integer(length);
  if ((count ?? 0) < 0 || (count === undefined && length.trim().startsWith('-'))) {
    throw wrong(`\${${name}:…}: the length is negative`);
  }
  return characters.slice(start, start + (count ?? 0)).join('');
}

function integer(text: string): number | undefined {
  return /^\s*[-+]?[0-9]+(?:_[0-9]+)*\s*$/.test(text) ? Number(text.replaceAll('_', '')) : undefined;
}

/** `expandvars` has this switch: a variable that it gives in place of an error. */
const RECOVER = 'EXPANDVARS_RECOVER_NULL';

function lookup(name: string, around: Surroundings): string | undefined {
  return name === '$' ? String(around.pid) : around.env.get(name);
}

function unset(name: string, strict: boolean, around: Surroundings): string {
  if (!strict) return '';
  const recovered = around.env.get(RECOVER);
  if (recovered === undefined) throw new UnboundVariable(name);
  return recovered;
}

function missing(name: string, text: string): never {
  throw wrong(`${name} is not set or empty${text === '' ? '' : `: ${text}`}`);
}

function nextSpecial(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '\\' || character === '$') return at;
  }
  return text.length;
}

/** Whether `${`, something and `}` stand on one line. */
function hasBraces(text: string): boolean {
  return text.split('\n').some((line) => {
    const open = line.indexOf('${');
    return open !== -1 && line.lastIndexOf('}') > open + 2;
  });
}

/** Templates are set aside as one character pair each (noncharacters, which no text holds), and put back. */
function withoutTemplates(text: string): { masked: string; restore: (expanded: string) => string } {
  if (!text.includes('${{')) return { masked: text, restore: (same) => same };
  const parts = templateParts(text);
  if ('message' in parts) throw wrong(`${parts.message}, at character ${parts.at + 1}`);
  const masked = parts.map((part, index) => (part.kind === 'cel' ? `\uFDD0${index}\uFDD1` : part.text));
  const restore = (done: string) =>
    done.replace(/\uFDD0(\d+)\uFDD1/g, (mark, index) => {
      const part = parts[Number(index)];
      return part?.kind === 'cel' ? `\${{${part.text}}}` : mark;
    });
  return { masked: masked.join(''), restore };
}
