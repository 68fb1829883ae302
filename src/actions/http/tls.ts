import { readFile } from 'node:fs/promises';
import { EvrunError } from '../../contract/errors.ts';
import type { TlsOptions } from '../../support/http/http-client.ts';
import type { HttpConfig } from './schema.ts';

/** The PEM texts of the files that the recipe names. */
export async function readTls(tls: HttpConfig['tls']): Promise<TlsOptions | undefined> {
  if (tls === undefined) return undefined;
  return {
    ca: await pem(tls.ca_certificate_path),
    cert: await pem(tls.client_certificate_path),
    key: await pem(tls.client_key_path),
    rejectUnauthorized: !tls.disable_ssl_verification,
  };
}

async function pem(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new EvrunError('EVR_REFUSED', `action http: cannot read ${path} (${code})`, { cause, fatal: true });
  }
}
