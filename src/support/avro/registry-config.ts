import type { ConfigProblem } from '../../contract/define.ts';
import type { OptionSchema } from '../../contract/schema.ts';

/*
 * The options of a schema registry, under the names that Confluent's Python client (and so DataHub) gives them.
 * One that decides who may read is never ignored: what evrun cannot do is an error.
 */

export interface RegistryOptions {
  readonly schema_registry_url?: string | undefined;
  readonly schema_registry_config?: Readonly<Record<string, unknown>> | undefined;
}

const secret = (description: string) => ({ type: 'string', secret: true, description }) as const;

/** For the `properties` of a format's schema. */
export const registryProperties = {
  schema_registry_url: {
    type: 'string',
    minLength: 1,
    description:
      'The schema registry (Confluent’s API) that knows the Avro schemas; several, separated by commas, are tried in turn. A Kafka source gives its own.',
    examples: ['http://localhost:8081'],
  },
  schema_registry_config: {
    type: 'object',
    additionalProperties: true,
    properties: {
      'basic.auth.user.info': secret('User and password, as `user:password`.'),
      'bearer.auth.token': secret('Token, sent as `Authorization: Bearer …`.'),
      'ssl.key.pem': secret('Key of the client certificate, as PEM text.'),
      'ssl.key.password': secret('Password of that key.'),
    },
    description:
      'How the registry is reached: `basic.auth.user.info`, `bearer.auth.token`, `ssl.ca.location`, `ssl.certificate.location`, `ssl.key.location`, `timeout` (seconds, default 30).',
  },
} as const satisfies Record<string, OptionSchema>;

/** What each key must be; `unused`: accepted, and without effect here. */
const KEYS: Readonly<Record<string, 'text' | 'place' | 'seconds' | 'unused'>> = {
  'basic.auth.user.info': 'text',
  'basic.auth.credentials.source': 'text',
  'bearer.auth.credentials.source': 'text',
  'bearer.auth.token': 'text',
  'bearer.auth.logical.cluster': 'text',
  'bearer.auth.identity.pool.id': 'text',
  'ssl.ca.location': 'place',
  'ssl.ca.pem': 'text',
  'ssl.certificate.location': 'text',
  'ssl.certificate.pem': 'text',
  'ssl.key.location': 'text',
  'ssl.key.pem': 'text',
  'ssl.key.password': 'text',
  timeout: 'seconds',
  url: 'unused',
  'cache.capacity': 'unused',
  'cache.latest.ttl.sec': 'unused',
  'max.retries': 'unused',
  'retries.wait.ms': 'unused',
  'retries.max.wait.ms': 'unused',
};

const SOURCES: Readonly<Record<string, readonly string[]>> = {
  'basic.auth.credentials.source': ['USER_INFO', 'URL'],
  'bearer.auth.credentials.source': ['STATIC_TOKEN'],
};

/** What is wrong with the options, for `check`. Paths are those of `RegistryOptions`. */
export function registryProblems(options: RegistryOptions): readonly ConfigProblem[] {
  const { schema_registry_url: url, schema_registry_config: config = {} } = options;
  const problems: ConfigProblem[] = [];
  for (const one of url?.split(',') ?? []) {
    if (/^https?:\/\/[^/]/.test(one.trim()) && URL.canParse(one.trim())) continue;
    const message =
      'a schema registry is reached by http:// or https://, a host, and perhaps a port and a path';
    problems.push({ path: ['schema_registry_url'], message, fix: 'Write http://localhost:8081.' });
  }
  for (const [key, value] of Object.entries(config)) {
    const problem = keyProblem(key, value);
    if (problem !== undefined) problems.push({ path: ['schema_registry_config', key], ...problem });
  }
  return problems;
}

type Problem = Omit<ConfigProblem, 'path'>;

function keyProblem(key: string, value: unknown): Problem | undefined {
  const kind = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
  if (kind === undefined) return unknownKey(key);
  if (value === null || kind === 'unused') return undefined;
  if (kind === 'seconds')
    return Number(value) > 0 ? undefined : { message: 'expected seconds, a number above 0' };
  if (typeof value !== 'string' && !(kind === 'place' && value === false))
    return { message: 'expected text' };
  if (key === 'basic.auth.user.info' && !String(value).includes(':'))
    return { message: 'expected "user:password", got no colon' };
  const sources = SOURCES[key];
  if (sources === undefined || sources.includes(String(value))) return undefined;
  return {
    message: `evrun takes the credentials from ${sources.join(' or ')} only`,
    fix: 'Give "basic.auth.user.info" or "bearer.auth.token".',
  };
}

/** Keys are told by the words between their dots: the one that shares most of them was probably meant. */
function unknownKey(key: string): Problem {
  const words = (text: string) => text.toLowerCase().split(/[._-]/);
  const shared = (known: string) => words(known).filter((word) => words(key).includes(word)).length;
  const [best = ''] = Object.keys(KEYS).sort((a, b) => shared(b) - shared(a));
  const message = `unknown key ${JSON.stringify(key.slice(0, 80))}`;
  const known = Object.keys(KEYS).filter((name) => KEYS[name] !== 'unused');
  return { message, fix: shared(best) > 0 ? `Did you mean "${best}"?` : `Known keys: ${known.join(', ')}.` };
}
