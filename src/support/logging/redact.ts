/**
 * A secret never reaches a log line, an error, a metric, a dead letter or a page. Whoever learns a secret value
 * registers it here; whoever writes text for people passes it through `redact`. Besides the registered values,
 * credentials are masked where their place gives them away: `Authorization:` headers, bearer tokens, passwords inside
 * URLs, and query parameters whose name says secret (`?access_token=…&sig=…`).
 */

const MASK = '***';
/** Shorter values would mask half of every sentence and protect nothing. */
const MIN_LENGTH = 4;

const secrets = new Set<string>();
let spellings: readonly string[] = [];

/** Masks `value` in all text from now on, also URL-encoded, in base64 and JSON-escaped. Under 4 characters: ignored. */
export function addSecret(value: string): void {
  const trimmed = value.trim();
  if (trimmed.length < MIN_LENGTH || secrets.has(trimmed)) return;
  secrets.add(trimmed);
  const all = new Set(spellings);
  for (const spelling of spellingsOf(trimmed)) if (spelling.length >= MIN_LENGTH) all.add(spelling);
  // The longest first: a secret that contains another one must not leave its rest behind.
  spellings = [...all].sort((a, b) => b.length - a.length);
}

/** `text` with every known secret replaced by `***`. Costs one search per known spelling when none occurs. */
export function redact(text: string): string {
  let out = text;
  for (const spelling of spellings) if (out.includes(spelling)) out = out.replaceAll(spelling, MASK);
  if (out.includes('://')) out = out.replace(URL_PASSWORD, `$1${MASK}@`);
  if (out.includes('?')) out = out.replace(QUERY_SECRET, `$1${MASK}`);
  if (CREDENTIALS.test(out)) {
    out = out.replace(AUTHORIZATION, `$1${MASK}`).replace(BEARER, `$1${MASK}`);
  }
  return out;
}

/** The user's name stays: it tells which account was meant. Greedy: an unencoded `@` belongs to the password. */
const URL_PASSWORD = /(:\/\/[^\s/:@"'<>]*:)[^\s/"'<>]*@/g;
/** `key` and `code` as whole names only: `sort_key` and `zip_code` are none. A template is no value. */
const QUERY_SECRET =
  /([?&](?:[\w.-]{0,40}(?:token|secret|signature|passw(?:or)?d|pwd|credentials?|(?:api|access|subscription|functions)[-_]?key)|key|sig|code|auth|jwt)=)(?!\$\{)[^&\s"'<>#]*[^&\s"'<>#,.;:)]/gi;
const CREDENTIALS = /authorization|bearer/i;
const AUTHORIZATION =
  /(authorization\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?(?:[a-z][a-z0-9-]{0,30}\s{1,4})?)[^\s"'\\,;]+/gi;
const BEARER = /(\bbearer\s{1,4})[a-z0-9._~+/=-]{8,}/gi;

function spellingsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    percentEncoded(secret),
    percentEncoded(secret).replaceAll('%20', '+'),
    new URLSearchParams([['', secret]]).toString().slice(1),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    ...[0, 1, 2].flatMap((shift) => insideBase64(bytes, shift)),
  ];
}

/** How the secret reads inside the base64 of a longer text (`user:secret`), which starts `shift` bytes into a
 *  group of three. Characters that also depend on the neighbours are left out. */
function insideBase64(bytes: Buffer, shift: number): readonly string[] {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64url');
  const first = Math.ceil((shift * 8) / 6);
  const last = Math.floor(((shift + bytes.length) * 8) / 6);
  const inner = text.slice(first, last);
  // Short pieces are too likely to occur by chance.
  return inner.length < 8 ? [] : [inner, inner.replaceAll('-', '+').replaceAll('_', '/')];
}

/** Lone surrogates cannot be percent-encoded. */
function percentEncoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}
