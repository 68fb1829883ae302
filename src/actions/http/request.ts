import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import { compileTemplate } from '../../support/expressions/template.ts';
import { templateParts } from '../../support/expressions/template-parts.ts';
import { addSecret } from '../../support/logging/redact.ts';
import { bodyOf } from './body.ts';
import type { HttpConfig } from './schema.ts';
import { parseUrl, type TargetUrl } from './url.ts';

export interface Outgoing {
  readonly method: string;
  readonly path: string;
  /** Name, value, name, value, …; names in lower case. */
  readonly headers: readonly string[];
  readonly body: string | Uint8Array | undefined;
}

export interface Requests {
  readonly origin: string;
  /** `idempotencyKey` is only asked for where the recipe sets no such header. */
  make(event: Event, idempotencyKey?: () => string): Outgoing;
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
  const names = new Set([...Object.keys(fixed), ...changing.map(([name]) => name)]);
  const ownKey = !names.has(KEY);

  /** Everything but what changes with each event. */
  function constantHeaders(described: Readonly<Record<string, string>>): readonly string[] {
    const all = Object.entries({ ...own, ...described, ...fixed });
    return all.filter(([name]) => !changing.some(([other]) => other === name)).flat();
  }

  let lastDescribed = NONE;
  let constant = constantHeaders(NONE);
  return {
    origin: url.origin,
    make(event, idempotencyKey) {
      const { content, headers: described } = body(event);
      if (described !== lastDescribed) {
        constant = constantHeaders(described);
        lastDescribed = described;
      }
      const headers = constant.slice();
      if (ownKey && idempotencyKey !== undefined) headers.push(KEY, idempotencyKey());
      for (const [name, value] of changing) headers.push(name, headerValue(name, value(event)));
      return { method: config.method, path: url.path(event), headers, body: content };
    },
  };
}

const KEY = 'idempotency-key';
const NONE: Readonly<Record<string, string>> = {};

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
