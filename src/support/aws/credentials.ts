import { EvrunError, messageOf } from '../../contract/errors.ts';
import { addSecret } from '../logging/redact.ts';
import type { ConnectionConfig, Environment } from './connection.ts';
import { namedProfile, noSuchProfile, type Profile, readProfile } from './profile-files.ts';
import type { Credentials } from './sigv4.ts';

/*
 * Where keys come from, in this order: the recipe; a profile that the recipe names; the environment; a profile's keys
 * in the files of the `aws` program; and everything else (SSO, web identity, roles, ECS, EC2) by the official package,
 * where it is installed. It is loaded by name when it is needed: most users have keys, and it is large.
 */

/** Keys that are about to expire are fetched anew this long before. */
const AHEAD_MS = 5 * 60_000;
const PACKAGE = '@aws-sdk/credential-providers';

type Provider = () => Promise<{
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}>;

export interface ProvidersPackage {
  fromNodeProviderChain(options: { profile?: string; clientConfig: { region: string } }): Provider;
}

export interface CredentialsOptions {
  readonly config: ConnectionConfig;
  readonly region: string;
  readonly env: Environment;
  readonly now: () => number;
  /** Loads the official package; rejects where it is not installed. */
  readonly load?: () => Promise<ProvidersPackage>;
}

/** The keys of one connection. Concurrent callers share one look-up. */
export class CredentialSource {
  /** Where the keys came from, for messages: `the recipe`, `AWS_ACCESS_KEY_ID`, `the profile "x"`. */
  origin = '';
  /** Looking again may find others: they come from a file or a service. */
  renewable = false;
  private readonly options: CredentialsOptions;
  private current: Credentials | undefined;
  private looking: Promise<Credentials> | undefined;

  constructor(options: CredentialsOptions) {
    this.options = options;
  }

  /** Throws EVR_REFUSED where there are none; `retry: later` where they come from a service that does not answer. */
  get(): Credentials | Promise<Credentials> {
    const { current, options } = this;
    const fresh = current?.expiresAt === undefined || current.expiresAt - AHEAD_MS > options.now();
    if (current !== undefined && fresh) return current;
    this.looking ??= this.look().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  /** AWS says that `refused` has expired. True: looking again found other keys. */
  async renew(refused: Credentials): Promise<boolean> {
    if (!this.renewable) return false;
    if (this.current === refused) this.current = undefined;
    const found = await this.get();
    return found.accessKeyId !== refused.accessKeyId || found.sessionToken !== refused.sessionToken;
  }

  private async look(): Promise<Credentials> {
    const found = await this.find();
    addSecret(found.secretAccessKey);
    if (found.sessionToken !== undefined) addSecret(found.sessionToken);
    this.current = found;
    return found;
  }

  private async find(): Promise<Credentials> {
    const { config, env } = this.options;
    if (config.access_key_id !== undefined && config.secret_access_key !== undefined) {
      this.origin = 'the recipe';
      return {
        accessKeyId: config.access_key_id,
        secretAccessKey: config.secret_access_key,
        sessionToken: config.session_token,
      };
    }
    const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
    if (config.profile === undefined && id && secret) {
      this.origin = 'AWS_ACCESS_KEY_ID';
      return { accessKeyId: id, secretAccessKey: secret, sessionToken: token || undefined };
    }
    const named = namedProfile(config, env);
    const name = named?.name ?? 'default';
    const profile = await readProfile(name, env);
    const missing = named && profile === undefined ? noSuchProfile(name, named.by, env) : undefined;
    // AWS_PROFILE may be left over beside a role or a web identity; a recipe means what it says.
    if (missing !== undefined && config.profile !== undefined) throw missing;
    this.renewable = true;
    const keys = keysOf(profile);
    if (keys !== undefined) {
      this.origin = `the profile "${name}"`;
      return keys;
    }
    this.origin = 'the credential chain of AWS';
    const unfound = missing?.message ?? `not in the profile "${name}" of ~/.aws/credentials`;
    return this.findByPackage(unfound, named?.name);
  }

  private async findByPackage(unfound: string, asked: string | undefined): Promise<Credentials> {
    const { load = loadPackage, region } = this.options;
    let providers: ProvidersPackage;
    try {
      providers = await load();
    } catch (error) {
      throw new EvrunError(
        'EVR_REFUSED',
        `no AWS keys found: not in the recipe (access_key_id), not in the environment (AWS_ACCESS_KEY_ID), ` +
          `${unfound}. Keys of SSO, web identity, roles, ECS and EC2 are found by the package ${PACKAGE}, which is ` +
          `not installed: npm install ${PACKAGE}`,
        { cause: error },
      );
    }
    try {
      const options = { clientConfig: { region }, ...(asked === undefined ? {} : { profile: asked }) };
      const found = await providers.fromNodeProviderChain(options)();
      return {
        accessKeyId: found.accessKeyId,
        secretAccessKey: found.secretAccessKey,
        sessionToken: found.sessionToken,
        expiresAt: found.expiration?.getTime(),
      };
    } catch (error) {
      // An identity service that does not answer, or a login that ran out: both may be mended while we wait.
      const message = `the credential chain of AWS gave no keys (${unfound}): ${messageOf(error)}`;
      throw new EvrunError('EVR_REFUSED', message, { retry: 'later', cause: error });
    }
  }
}

function keysOf(profile: Profile | undefined): Credentials | undefined {
  const { aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token } = profile ?? {};
  // A role or a login that stands beside keys is what the profile means.
  if (!id || !secret || profile?.['role_arn'] !== undefined || profile?.['sso_session'] !== undefined)
    return undefined;
  return { accessKeyId: id, secretAccessKey: secret, sessionToken: token || undefined };
}

/** By a name that is not a literal: the package is the user's to install, and no dependency of evrun. */
function loadPackage(name: string = PACKAGE): Promise<ProvidersPackage> {
  return import(name) as Promise<ProvidersPackage>;
}
