/**
 * Plain (unquoted) YAML scalars as PyYAML reads them, so that a recipe means here what it means to DataHub
 * Actions: YAML 1.1, where `yes` is true and `012` is ten, with PyYAML's own gaps (`y` and `1e3` are texts).
 * What JavaScript cannot hold exactly, and dates, which no recipe key takes, are refused: quotes say what was
 * meant.
 */

/** `date`: a text that PyYAML makes a date of. `refused`: why it needs quotes. */
export type Plain =
  | { readonly value: string | number | boolean | null; readonly date?: boolean }
  | { readonly refused: string };

const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const NULL = /^(?:~|null|Null|NULL|)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$/;
const INFINITY = /^[-+]?\.(?:inf|Inf|INF)$/;
const NAN = /^\.(?:nan|NaN|NAN)$/;
const INT = /^[-+]?(?:0b[0-1_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const DATE =
  /^[0-9]{4}-(?:[0-9]{2}-[0-9]{2}|[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$/;
const JSON_NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;

export function plainScalar(text: string): Plain {
  // Nothing but these characters begins a number, a word of the above, or a date.
  if (!/^[-+.0-9~=<ynofYNOFtT]|^$/.test(text)) return { value: text };
  if (NULL.test(text)) return { value: null };
  if (TRUE.test(text)) return { value: true };
  if (FALSE.test(text)) return { value: false };
  if (INT.test(text)) return integer(text);
  if (FLOAT.test(text)) return { value: float(text) };
  if (INFINITY.test(text)) return { value: text.startsWith('-') ? -Infinity : Infinity };
  if (NAN.test(text)) return { value: Number.NaN };
  if (DATE.test(text)) return { value: text, date: true };
  if (text === '=') return { refused: 'a lone = has no meaning in YAML 1.1' };
  return { value: text };
}

/** Of a `.json` recipe: the words and numbers of JSON, nothing else. */
export function jsonScalar(text: string): Plain {
  if (text === 'true' || text === 'false') return { value: text === 'true' };
  if (text === 'null') return { value: null };
  if (!JSON_NUMBER.test(text)) return { refused: 'JSON has no such word: texts stand in double quotes' };
  return exact(text, Number(text));
}

function integer(text: string): Plain {
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace(/^[-+]/, '').replaceAll('_', '');
  if (digits === '0') return { value: 0 };
  if (digits.startsWith('0b')) return exact(text, sign * radix(digits.slice(2), 2));
  if (digits.startsWith('0x')) return exact(text, sign * radix(digits.slice(2), 16));
  if (digits.startsWith('0')) return exact(text, sign * radix(digits, 8));
  return exact(text, sign * sixties(digits));
}

function float(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  return sign * sixties(text.replace(/^[-+]/, '').replaceAll('_', ''));
}

/** `12:30:45` counts sixties; without a colon the number is itself. */
function sixties(digits: string): number {
  return digits.split(':').reduce((total, part) => total * 60 + Number(part), 0);
}

function radix(digits: string, base: number): number {
  return digits === '' ? Number.NaN : Number.parseInt(digits, base);
}

function exact(text: string, value: number): Plain {
  if (Number.isNaN(value)) return { refused: `${text} is no number` };
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && !/[.eE]/.test(text)) {
    return { refused: `${text} is beyond 2^53 and cannot be read exactly` };
  }
  return { value };
}
