import { createPrivateKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../contract/errors.ts';

/*
 * google-auth-library finds these files too, and says of a broken one what its parser said, without its path. So evrun
 * looks first.
 */

export interface CredentialsFile {
  /** As it was given: a relative one begins at the working directory. */
  readonly path: string;
  /** Who named it: `credentials_file`, GOOGLE_APPLICATION_CREDENTIALS, or the program that wrote it. */
  readonly namedBy: string;
}

const LOGIN_FILE = 'application_default_credentials.json';

/** In the order of Application Default Credentials; undefined = no file, so only a metadata server can have some. */
export function credentialsFile(
  option: string | undefined,
  env: NodeJS.ProcessEnv,
): CredentialsFile | undefined {
  if (option !== undefined) return { path: option, namedBy: '`credentials_file`' };
  const named = env['GOOGLE_APPLICATION_CREDENTIALS'] || env['google_application_credentials'];
  if (named) return { path: named, namedBy: 'GOOGLE_APPLICATION_CREDENTIALS' };
  const folder = env['CLOUDSDK_CONFIG'] || gcloudFolder(env);
  const login = folder === undefined ? undefined : join(folder, LOGIN_FILE);
  if (login === undefined || !existsSync(login)) return undefined;
  return { path: login, namedBy: '`gcloud auth application-default login`' };
}

function gcloudFolder(env: NodeJS.ProcessEnv): string | undefined {
  if (process.platform === 'win32') return env['APPDATA'] && join(env['APPDATA'], 'gcloud');
  return env['HOME'] && join(env['HOME'], '.config', 'gcloud');
}

/** What is wrong with a key or configuration file, as a clause that names it; undefined = nothing that it shows. */
export function credentialsFileProblem(path: string): string | undefined {
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return `${path} does not exist`;
    // A parser's words quote what it read, which may be the key.
    return `${path} cannot be read${code === undefined ? ' as JSON' : `: ${messageOf(error)}`}`;
  }
  if (typeof found !== 'object' || found === null)
    return `${path} holds no credentials: expected a JSON object`;
  const { type, private_key: key } = found as Record<string, unknown>;
  if (type === undefined) return `${path} holds no credentials: it has no "type"`;
  return type === 'service_account' ? keyProblem(path, key) : undefined;
}

function keyProblem(path: string, key: unknown): string | undefined {
  try {
    if (typeof key === 'string' && createPrivateKey(key) !== undefined) return undefined;
  } catch {
    // Its words would be OpenSSL's.
  }
  return `${path} has a "private_key" that is no key in PEM form`;
}
