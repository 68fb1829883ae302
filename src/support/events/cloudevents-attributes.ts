/** The rules for CloudEvents 1.0.2 attributes (spec §3), in sentences that go after the attribute's name. */

const NAME = /^[a-z0-9]+$/;
/** Control characters (C0, DEL, C1) and lone surrogates may not stand in a String. */
const NOT_IN_STRINGS = /[\p{Cc}\p{Cs}]/u;
/** What no URI holds (RFC 3986), and a percent sign without two hex digits. Letters of all languages are let pass,
 *  as the field's other tools do. */
const NOT_IN_URIS = /[\s<>"{}|\\^`]|%(?![0-9A-Fa-f]{2})/;
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:./;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = `\\s*;\\s*${TOKEN}=(?:${TOKEN}|"(?:[^"\\\\]|\\\\.)*")`;
const MEDIA_TYPE = new RegExp(`^${TOKEN}/${TOKEN}(?:${PARAMETER})*\\s*$`);
const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'time',
  'subject',
  'datacontenttype',
  'dataschema',
  'data',
  'data_base64',
]);

/** What is wrong with the value of a context attribute of the spec; undefined = nothing. */
export function attributeProblem(name: string, value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return `must be a non-empty string, got ${kindOf(value)}`;
  if (NOT_IN_STRINGS.test(value)) return 'must not hold control characters or lone surrogates';
  switch (name) {
    case 'source':
      return NOT_IN_URIS.test(value) ? 'must be a URI reference' : undefined;
    case 'dataschema':
      return NOT_IN_URIS.test(value) || !ABSOLUTE.test(value) ? 'must be an absolute URI' : undefined;
    case 'time':
      return isTimestamp(value) ? undefined : 'must be an RFC 3339 time such as 2026-01-02T03:04:05.678Z';
    case 'datacontenttype':
      return MEDIA_TYPE.test(value) ? undefined : 'must be a media type such as application/json';
    default:
      return undefined;
  }
}

/** What is wrong with an extension attribute's name or value; undefined = nothing. */
export function extensionProblem(name: string, value: unknown): string | undefined {
  if (!NAME.test(name)) return 'must have a name of lower-case letters and digits only';
  switch (typeof value) {
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isInteger(value) && value === (value | 0)
        ? undefined
        : 'must be an integer of 32 bits, where it is a number';
    case 'string':
      return NOT_IN_STRINGS.test(value) ? 'must not hold control characters or lone surrogates' : undefined;
    default:
      return `must be a string, a boolean or an integer, got ${kindOf(value)}`;
  }
}

/** Whether data of this content type is a JSON value; so it is where no type is given. Parameters do not count. */
export function isJsonType(datacontenttype: string | undefined): boolean {
  if (datacontenttype === undefined) return true;
  const subtype = datacontenttype.split(';', 1)[0]?.trim().toLowerCase().split('/')[1] ?? '';
  return subtype === 'json' || subtype.endsWith('+json');
}

/** `YYYY-MM-DD` must be a day that exists; second 60 is a leap second. */
function isTimestamp(text: string): boolean {
  const found = RFC3339.exec(text);
  if (found === null) return false;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (value === '') return 'an empty one';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}
