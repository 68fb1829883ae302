import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import { compileTemplate } from '../../support/expressions/template.ts';
import { templateParts } from '../../support/expressions/template-parts.ts';

export interface TargetUrl {
  /** `https://host:port` */
  readonly origin: string;
  /** User and password of the URL, decoded. */
  readonly login: { readonly username: string; readonly password: string } | undefined;
  /** Path and query for an event. Throws EvrunError for a value that cannot stand there. */
  readonly path: (event: Event) => string;
}

/** Takes apart a URL with templates behind its host. Returns what is wrong with it as text. */
export function parseUrl(text: string): TargetUrl | string {
  const parts = templateParts(text);
  if ('message' in parts) return parts.message;
  const [first] = parts;
  const head = first?.kind === 'text' ? /^\s*(https?:\/\/[^/?#]+)([/?#]|$)/i.exec(first.text) : null;
  if (first === undefined || head === null || (head[2] === '' && parts.length > 1)) {
    return 'expected http:// or https:// and a host; only what follows the host may be a template';
  }
  const base = head[1] as string;
  if (!URL.canParse(base)) return `${JSON.stringify(base.replace(/\/\/.*@/, '//'))} is not a valid URL`;
  const url = new URL(base);
  const rest = parts.map(({ kind, text: part }) => (kind === 'cel' ? `\${{${part}}}` : part));
  rest[0] = first.text.trimStart().slice(base.length);
  const path = parts.length === 1 ? literalPath(base + rest[0].trimEnd()) : templatePath(rest, parts);
  const login =
    url.username === '' && url.password === ''
      ? undefined
      : { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  return { origin: url.origin, login, path };
}

function literalPath(text: string): () => string {
  const { pathname, search } = new URL(text);
  const path = pathname + search;
  return () => path;
}

function templatePath(
  rest: readonly string[],
  parts: readonly { readonly kind: 'text' | 'cel' }[],
): (event: Event) => string {
  const encoded = rest.map((part, i) => (parts[i]?.kind === 'text' ? encodedLiteral(part) : part));
  const fragment = encoded.findIndex((part, i) => parts[i]?.kind === 'text' && part.includes('#'));
  const kept = fragment < 0 ? encoded : encoded.slice(0, fragment + 1);
  if (fragment >= 0) kept[fragment] = (kept[fragment] as string).replace(/#.*$/s, '');
  const text = kept.join('');
  return compileTemplate(text.startsWith('/') ? text : `/${text}`, encodedValue);
}

/** What a URL cannot hold as it is; escapes that are there already are left alone. */
function encodedLiteral(text: string): string {
  return text.replace(/[^!-~]|["<>\\^`{|}]/gu, encodeURIComponent);
}

/** One value in a path or query: it cannot begin another segment, parameter or host. */
function encodedValue(value: string): string {
  if (value === '.' || value === '..') {
    throw new EvrunError(
      'EVR_ACTION',
      `the value "${value}" cannot stand in a URL: servers take it for a folder`,
    );
  }
  try {
    return encodeURIComponent(value);
  } catch (cause) {
    throw new EvrunError('EVR_ACTION', 'a value for the URL is not valid Unicode (a lone surrogate)', {
      cause,
    });
  }
}
