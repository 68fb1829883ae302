import type { ConfigProblem } from '../../contract/define.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { OptionSchema } from '../../contract/schema.ts';
import { redact } from '../logging/redact.ts';
import { namedProfile, noSuchProfile, readProfile } from './profile-files.ts';

/** Which queue: exactly one of the two. */
export const QUEUE_OPTIONS = {
  queue_url: {
    type: 'string',
    minLength: 1,
    description: 'The queue’s URL. With `endpoint` requests go there, whatever host the URL names.',
    examples: ['https://sqs.eu-central-1.amazonaws.com/123456789012/orders'],
  },
  queue: {
    type: 'string',
    minLength: 1,
    description: 'The queue’s name, in place of `queue_url`: its URL is asked for at the start.',
    examples: ['orders'],
  },
} as const satisfies Record<string, OptionSchema>;

/** The options that every AWS connector has. */
export const CONNECTION_OPTIONS = {
  region: {
    type: 'string',
    minLength: 1,
    description: 'AWS region. Else the one in the address, AWS_REGION, AWS_DEFAULT_REGION, or the profile’s.',
    examples: ['eu-central-1'],
  },
  endpoint: {
    type: 'string',
    minLength: 1,
    description:
      'Where requests go, for a server of your own or a VPC endpoint: `http://127.0.0.1:9324`. Else AWS_ENDPOINT_URL_SQS or AWS_ENDPOINT_URL_SNS, AWS_ENDPOINT_URL, or AWS.',
    examples: ['http://127.0.0.1:9324'],
  },
  access_key_id: {
    type: 'string',
    minLength: 1,
    description:
      'Access key, with `secret_access_key`. Better left out: AWS_ACCESS_KEY_ID, profiles and roles are found.',
  },
  secret_access_key: {
    type: 'string',
    minLength: 1,
    secret: true,
    description: 'Secret that belongs to `access_key_id`.',
  },
  session_token: {
    type: 'string',
    minLength: 1,
    secret: true,
    description: 'Token that belongs to temporary keys.',
  },
  profile: {
    type: 'string',
    minLength: 1,
    description: 'Profile of `~/.aws/credentials` and `~/.aws/config`. Else AWS_PROFILE, or `default`.',
  },
} as const satisfies Record<string, OptionSchema>;

export interface ConnectionConfig {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly access_key_id?: string | undefined;
  readonly secret_access_key?: string | undefined;
  readonly session_token?: string | undefined;
  readonly profile?: string | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Place {
  readonly region: string;
  /** `https://host[:port][/path]`, without a slash at the end. */
  readonly endpoint: string;
}

/** What AWS itself is called in a region. */
export function awsEndpoint(service: string, region: string): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://${service}.${region}.${suffix}`;
}

/** The region in an address of AWS: `https://sqs.eu-west-1.amazonaws.com/…`. Undefined for other addresses. */
export function regionOfUrl(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  const found =
    /(?:^|\.)(?:sqs|sns)(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d+)\.(?:vpce\.)?amazonaws\.com(?:\.cn)?$/.exec(
      hostname,
    ) ?? /^([a-z]{2}(?:-[a-z]+)+-\d+)\.queue\.amazonaws\.com(?:\.cn)?$/.exec(hostname);
  return found?.[1];
}

/**
 * Where requests go and which region signs them. `address` is the queue's URL, where the recipe has one: its host is
 * used only where no endpoint is set. Throws EVR_RECIPE where the region is not known or the endpoint is no address,
 * EVR_REFUSED where it is the region of a profile that does not exist.
 */
export async function placeOf(
  service: 'sqs' | 'sns',
  config: ConnectionConfig,
  address: { readonly url?: string | undefined; readonly region?: string | undefined },
  env: Environment,
): Promise<Place> {
  const endpoint = endpointOf(service, config, env);
  const region =
    config.region ??
    address.region ??
    regionOfUrl(address.url) ??
    env['AWS_REGION'] ??
    env['AWS_DEFAULT_REGION'] ??
    (await regionOfProfile(config, env));
  if (region === undefined || region === '') {
    throw new EvrunError(
      'EVR_RECIPE',
      `${service} needs a region: set \`region\` in the recipe, or AWS_REGION in the environment`,
    );
  }
  if (endpoint !== undefined) return { region, endpoint };
  const own = address.url === undefined ? undefined : new URL(address.url).origin;
  return { region, endpoint: own ?? awsEndpoint(service, region) };
}

/** The recipe's, else that of the first variable that names one, without a slash at the end. Empty is not set. */
function endpointOf(service: string, { endpoint }: ConnectionConfig, env: Environment): string | undefined {
  const variables = [`AWS_ENDPOINT_URL_${service.toUpperCase()}`, 'AWS_ENDPOINT_URL'];
  const variable = endpoint === undefined ? variables.find((name) => env[name]) : undefined;
  const text = endpoint ?? (variable === undefined ? undefined : env[variable]);
  if (text === undefined) return undefined;
  const problem = endpointProblem(text);
  if (problem !== undefined) {
    const where =
      variable === undefined
        ? '`endpoint`'
        : `${variable}=${JSON.stringify(redact(text))} in the environment`;
    throw new EvrunError('EVR_RECIPE', `${where} ${problem}`);
  }
  const { origin, pathname } = new URL(text);
  return origin + pathname.replace(/\/+$/, '');
}

async function regionOfProfile(config: ConnectionConfig, env: Environment): Promise<string | undefined> {
  const named = namedProfile(config, env);
  const profile = await readProfile(named?.name ?? 'default', env);
  if (named !== undefined && profile === undefined) throw noSuchProfile(named.name, named.by, env);
  return profile?.['region'];
}

/** Half of a pair of keys is a mistake, and would be ignored. */
export function keyProblems(config: ConnectionConfig): ConfigProblem[] {
  const { access_key_id: id, secret_access_key: secret } = config;
  if ((id === undefined) === (secret === undefined)) return [];
  const [given, other] = id === undefined ? [KEY_NAMES[1], KEY_NAMES[0]] : KEY_NAMES;
  return [
    {
      path: [given],
      message: `\`${given}\` needs \`${other}\``,
      fix: `Write both, or neither: AWS_ACCESS_KEY_ID, profiles and roles are found.`,
    },
  ];
}

const KEY_NAMES = ['access_key_id', 'secret_access_key'] as const;

/** What is wrong with an endpoint or a queue's address, to go after its name; undefined = nothing. */
export function endpointProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return 'is not an address: expected https://host or http://host:port';
  }
  if (url.username !== '' || url.password !== '') {
    return 'must not hold a user and password: AWS requests are signed with keys';
  }
  return undefined;
}
