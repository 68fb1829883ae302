/**
 * Tokens for OAUTHBEARER. A token is kept until shortly before it ends: every broker connection asks for one, and
 * the issuer is asked once.
 */
import { EvrunError, messageOf } from '../../contract/errors.ts';
import { type HttpClient, openHttpClient } from '../http/http-client.ts';
import { addSecret } from '../logging/redact.ts';
import type { TokenSettings } from './settings.ts';
import { readPem } from './tls.ts';

export interface TokenSource {
  /** Throws EvrunError: EVR_UNREACHABLE (later) while the issuer is away, EVR_REFUSED when it says no. */
  token(): Promise<{ value: string }>;
  close(): Promise<void>;
}

export async function openTokens(settings: TokenSettings): Promise<TokenSource> {
  if (settings.from === 'unsecured') {
    return { token: async () => ({ value: unsecuredToken(settings) }), close: async () => {} };
  }
  return issuedTokens(settings);
}

function unsecuredToken({ claims, lifeSeconds }: Extract<TokenSettings, { from: 'unsecured' }>): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ ...claims, iat: now, exp: now + lifeSeconds })}.`;
}

type Oidc = Extract<TokenSettings, { from: 'oidc' }>;

const ANSWER_BYTES = 256 * 1024;
const TIMEOUT_MS = 10_000;

async function issuedTokens(settings: Oidc): Promise<TokenSource> {
  const { origin, pathname, search } = new URL(settings.url);
  const ca = settings.ca === undefined ? undefined : String(await readPem(settings.ca));
  const client = await openHttpClient({
    origin,
    connections: 1,
    timeoutMs: TIMEOUT_MS,
    ...(ca && { tls: { ca } }),
  });
  let kept: { value: string; until: number } | undefined;
  let asking: Promise<{ value: string }> | undefined;
  const ask = async () => {
    kept = await issue(settings, client, pathname + search);
    return { value: kept.value };
  };
  return {
    token() {
      if (kept !== undefined && Date.now() < kept.until) return Promise.resolve({ value: kept.value });
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    close: () => client.close(),
  };
}

async function issue(
  settings: Oidc,
  client: HttpClient,
  path: string,
): Promise<{ value: string; until: number }> {
  const { clientId, clientSecret, scope, url } = settings;
  const encoded = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);
  const basic = Buffer.from(`${encoded(clientId)}:${encoded(clientSecret)}`).toString('base64');
  const answer = await client.request({
    method: 'POST',
    path,
    headers: {
      authorization: `Basic ${basic}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope && { scope }) }).toString(),
    maxBytes: ANSWER_BYTES,
    overflow: 'cut',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const body = String(answer.body);
  if (answer.status === 200) return issued(body, url);
  const why = /"(invalid_[a-z]+|unauthorized_client|access_denied)"/.exec(body)?.[1];
  const said = `${url} (sasl.oauthbearer.token.endpoint.url) answered ${answer.status}${why ? ` ${why}` : ''}`;
  if (answer.status >= 500 || answer.status === 429) {
    throw new EvrunError('EVR_UNREACHABLE', `kafka: no token: ${said}`, { retry: 'later' });
  }
  const fix = 'Check sasl.oauthbearer.client.id, sasl.oauthbearer.client.secret and sasl.oauthbearer.scope.';
  throw new EvrunError('EVR_REFUSED', `kafka: no token: ${said}. ${fix}`);
}

function issued(body: string, url: string): { value: string; until: number } {
  try {
    const { access_token: value, expires_in: seconds } = JSON.parse(body) as Record<string, unknown>;
    if (typeof value !== 'string' || value === '') throw new Error('no "access_token" in the answer');
    addSecret(value);
    const life = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : 60_000;
    return { value, until: Date.now() + life * 0.8 };
  } catch (cause) {
    const message = `kafka: no token: ${url} did not answer as an OAuth 2.0 token endpoint: ${messageOf(cause)}`;
    throw new EvrunError('EVR_REFUSED', message, { cause });
  }
}
