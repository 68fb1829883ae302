import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EvrunError } from '../../contract/errors.ts';
import type { TlsOptions } from '../http/http-client.ts';
import { addSecret } from '../logging/redact.ts';
import type { RegistryOptions } from './registry-config.ts';

/** How a registry is reached, as its options say it. */
export interface RegistryAccess {
  /** One or more, tried in turn. `path` has no slash at its end. */
  readonly bases: readonly { readonly origin: string; readonly path: string }[];
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsOptions | undefined;
  readonly timeoutMs: number;
}

const DEFAULT_TIMEOUT_S = 30;

/** Reads the files that the options name. Throws EVR_REFUSED for one that cannot be read. */
export async function registryAccess(options: RegistryOptions): Promise<RegistryAccess> {
  const config = options.schema_registry_config ?? {};
  const urls = (options.schema_registry_url ?? '').split(',').map((url) => new URL(url.trim()));
  return {
    bases: urls.map(({ origin, pathname }) => ({ origin, path: pathname.replace(/\/+$/, '') })),
    headers: authorization(config, urls),
    tls: await tlsOptions(config),
    timeoutMs: Number(config['timeout'] ?? DEFAULT_TIMEOUT_S) * 1000,
  };
}

type Config = Readonly<Record<string, unknown>>;

function authorization(config: Config, urls: readonly URL[]): Record<string, string> {
  const token = textOf(config, 'bearer.auth.token');
  if (token !== undefined) {
    addSecret(token);
    return {
      authorization: `Bearer ${token}`,
      ...header('target-sr-cluster', textOf(config, 'bearer.auth.logical.cluster')),
      ...header('confluent-identity-pool-id', textOf(config, 'bearer.auth.identity.pool.id')),
    };
  }
  const login = textOf(config, 'basic.auth.user.info') ?? loginOf(urls);
  if (login === undefined) return {};
  addSecret(login.slice(login.indexOf(':') + 1));
  return { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}

function loginOf(urls: readonly URL[]): string | undefined {
  const url = urls.find(({ username }) => username !== '');
  return url && `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
}

function header(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value };
}

async function tlsOptions(config: Config): Promise<TlsOptions | undefined> {
  const ca = await pem(config, 'ssl.ca');
  const cert = await pem(config, 'ssl.certificate');
  // A certificate's file may hold its key, too.
  const key = decrypted((await pem(config, 'ssl.key')) ?? cert, textOf(config, 'ssl.key.password'));
  const rejectUnauthorized = config['ssl.ca.location'] === false ? false : undefined;
  if (ca === undefined && cert === undefined && rejectUnauthorized === undefined) return undefined;
  return { ca, cert, key, rejectUnauthorized };
}

/** `ssl.ca.pem` as it stands, or the file `ssl.ca.location`. */
async function pem(config: Config, name: string): Promise<string | undefined> {
  const text = textOf(config, `${name}.pem`);
  const path = textOf(config, `${name}.location`);
  if (text !== undefined || path === undefined) return text;
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw refused(`cannot read ${path} (${name}.location: ${code})`, cause);
  }
}

function decrypted(key: string | undefined, passphrase: string | undefined): string | undefined {
  if (key === undefined || passphrase === undefined) return key;
  addSecret(passphrase);
  try {
    return createPrivateKey({ key, passphrase }).export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch (cause) {
    throw refused('the key of its client certificate cannot be opened with ssl.key.password', cause);
  }
}

function textOf(config: Config, key: string): string | undefined {
  const value = config[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function refused(sentence: string, cause: unknown): EvrunError {
  return new EvrunError('EVR_REFUSED', `schema registry: ${sentence}`, { cause });
}
