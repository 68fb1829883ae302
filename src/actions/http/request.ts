import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import { addSecret } from '../../support/redact.ts';
import { compileTemplate } from '../../support/template.ts';
import { templateParts } from '../../support/template-parts.ts';
import { bodyOf } from './body.ts';
import type { HttpConfig } from './schema.ts';
import { parseUrl, type TargetUrl } from './url.ts';

export interface Outgoing {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. The caller's own, to add to. */
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array | undefined;
}

export interface Requests {
  readonly origin: string;
  make(event: Event): Outgoing;
}

/** Prepares everything that is the same for all events, so that an event costs its body and little else. */
export function requestsOf(config: HttpConfig): Requests {
  const url = parseUrl(config.url);
  if (typeof url === 'string') throw new EvrunError('EVR_RECIPE', `action http: url: ${url}`);
  const body = bodyOf(config);
  const fixed: Record<string, string> = {};
  const changing: (readonly [string, (event: Event) => string])[] = [];
  for (const [name, text] of Object.entries(config.headers)) {
    const value = compileTemplate(text);
    if (isTemplate(text)) changing.push([name.toLowerCase(), value]);
    else fixed[name.toLowerCase()] = text;
  }
  const own = { 'user-agent': 'evrun', ...authorization(config, url) };
  return {
    origin: url.origin,
    make(event) {
      const { content, headers: described } = body(event);
      const headers: Record<string, string> = { ...own, ...described, ...fixed };
      for (const [name, value] of changing) headers[name] = headerValue(name, value(event));
      return { method: config.method, path: url.path(event), headers, body: content };
    },
  };
}

function isTemplate(text: string): boolean {
  const parts = templateParts(text);
  return 'message' in parts || parts.some(({ kind }) => kind === 'cel');
}

function authorization({ auth }: HttpConfig, { login }: TargetUrl): Record<string, string> {
  if (auth?.bearer !== undefined) {
    addSecret(auth.bearer);
    return { authorization: `Bearer ${auth.bearer}` };
  }
  const basic = auth?.basic ?? login;
  if (basic === undefined) return {};
  addSecret(basic.password);
  return { authorization: `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}` };
}

/** What came with the event must not begin another header or request. */
function headerValue(name: string, value: string): string {
  if (/^[\t -~\x80-\xff]*$/.test(value)) return value.trim();
  throw new EvrunError(
    'EVR_ACTION',
    `the value for the header ${name} holds a character that headers cannot carry`,
  );
}
