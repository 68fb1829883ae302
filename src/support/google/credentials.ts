import type { GoogleAuth, gcpMetadata } from 'google-auth-library';
import type { Clock } from '../../contract/clock.ts';
import { EvrunError, messageOf } from '../../contract/errors.ts';
import { addSecret } from '../logging/redact.ts';
import { type CredentialsFile, credentialsFile, credentialsFileProblem } from './credentials-file.ts';
import { metadataServerAnswers } from './metadata-server.ts';

/*
 * The one door to google-auth-library, which finds and renews Application Default Credentials: a key file, workload
 * identity, the metadata server of Google's machines, a user's login. It is an optional dependency, loaded when the
 * first token is wanted: the emulator and recipes that are only checked do without.
 */

export interface Credentials {
  /** An access token, renewed before it expires. Throws EVR_UNREACHABLE (may pass) or EVR_REFUSED. */
  token(): Promise<string>;
  /** The token was refused: everything is read anew, the key file too. */
  forget(): void;
  /** The project that the credentials belong to; undefined where they do not say. */
  project(): Promise<string | undefined>;
}

export interface CredentialsOptions {
  /** A key or configuration file; undefined = what GOOGLE_APPLICATION_CREDENTIALS and the machine say. */
  readonly file?: string | undefined;
  readonly clock: Clock;
  /** How the library is loaded; tests put its absence in place. */
  readonly load?: () => Promise<Library>;
}

interface Library {
  readonly GoogleAuth: typeof GoogleAuth;
  readonly gcpMetadata: typeof gcpMetadata;
}

const SCOPES = ['https://www.googleapis.com/auth/pubsub'];
/** The library knows when a token expires; it is not asked for every request. */
const ASK_AGAIN_MS = 15_000;

export function googleCredentials({
  file,
  clock,
  load = () => import('google-auth-library'),
}: CredentialsOptions): Credentials {
  let auth: Promise<GoogleAuth> | undefined;
  let known: { readonly token: string; readonly until: number } | undefined;
  let asking: Promise<string> | undefined;

  const found = () => credentialsFile(file, process.env);

  function library(): Promise<GoogleAuth> {
    auth ??= open();
    return auth;
  }

  async function open(): Promise<GoogleAuth> {
    const { GoogleAuth: Auth, gcpMetadata: metadata } = await installed(load);
    await someCredentials(found(), metadata);
    return new Auth({ scopes: SCOPES, ...(file === undefined ? {} : { keyFilename: file }) });
  }

  async function ask(): Promise<string> {
    try {
      const token = await (await library()).getAccessToken();
      if (!token) throw new EvrunError('EVR_REFUSED', 'Google gave no access token for these credentials');
      addSecret(token);
      known = { token, until: clock.monotonic() + ASK_AGAIN_MS };
      return token;
    } catch (error) {
      auth = undefined;
      throw credentialsError(error, found());
    } finally {
      asking = undefined;
    }
  }

  return {
    async token() {
      if (known !== undefined && clock.monotonic() < known.until) return known.token;
      asking ??= ask();
      return asking;
    },
    forget() {
      known = undefined;
      auth = undefined;
    },
    async project() {
      try {
        return (await (await library()).getProjectId()) ?? undefined;
      } catch (error) {
        auth = undefined;
        if (error instanceof EvrunError) throw error;
        return undefined;
      }
    },
  };
}

async function installed<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new EvrunError(
      'EVR_REFUSED',
      'signing in to Google needs the package google-auth-library, which is not installed here: run `npm install ' +
        'google-auth-library` beside evrun, or set PUBSUB_EMULATOR_HOST for the emulator, which asks for no credentials',
      { cause: error },
    );
  }
}

/** Throws EVR_REFUSED where no credentials can be, or their file is broken. */
async function someCredentials(
  file: CredentialsFile | undefined,
  metadata: typeof gcpMetadata,
): Promise<void> {
  if (file !== undefined) {
    const problem = credentialsFileProblem(file.path);
    if (problem === undefined) return;
    throw new EvrunError(
      'EVR_REFUSED',
      `the credentials for Google, named by ${file.namedBy}, cannot be used: ${problem}. Put a key file of a service ` +
        'account there, or a configuration of workload identity',
    );
  }
  if (await metadataServerAnswers(metadata, process.env)) return;
  throw new EvrunError(
    'EVR_REFUSED',
    'there are no credentials for Google: no `credentials_file`, no GOOGLE_APPLICATION_CREDENTIALS, no login by ' +
      '`gcloud auth application-default login`, and no metadata server of Google answers here. Provide one of them, ' +
      'or set PUBSUB_EMULATOR_HOST for the emulator, which asks for none',
  );
}

/** A network that fails and a server in trouble may pass; a key that is wrong stays so until somebody changes it. */
function credentialsError(error: unknown, file: CredentialsFile | undefined): EvrunError {
  if (error instanceof EvrunError) return error;
  const { code, status, response } = error as {
    code?: unknown;
    status?: unknown;
    response?: { status?: unknown };
  };
  const answered = Number(response?.status ?? status ?? code);
  const said = (messageOf(error).split('\n', 1)[0] ?? '').slice(0, 300).replace(/[\s.]+$/, '');
  if (
    answered >= 500 ||
    answered === 429 ||
    answered === 408 ||
    (typeof code === 'string' && NETWORK.test(code))
  ) {
    const message = `Google gave no access token: ${said}`;
    return new EvrunError('EVR_UNREACHABLE', message, { retry: 'later', cause: error });
  }
  const whose = file === undefined ? 'of the metadata server' : `in ${file.path} (named by ${file.namedBy})`;
  return new EvrunError(
    'EVR_REFUSED',
    `the credentials for Google ${whose} cannot be used: ${said}. Was the key or the account deleted or disabled, ` +
      'and is the clock of this machine right?',
    { cause: error },
  );
}

const NETWORK =
  /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|UND_ERR|ERR_SOCKET|ABORT_ERR)/;
