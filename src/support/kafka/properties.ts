/**
 * Which of librdkafka's properties mean something here, and how the others are answered: one without a counterpart
 * has no effect and is a warning, one that decides who may read and who listens in (`sasl.*`, `ssl.*`) is an error,
 * as ignoring it could leave a connection less safe than the recipe says.
 */
import type { ConfigProblem } from '../../contract/define.ts';
import { NAMES, nearestName } from './librdkafka-names.ts';
import { flag } from './property-kinds.ts';
import { firstName, KINDS, type Properties } from './property-table.ts';

const PYTHON =
  'Log in with SCRAM-SHA-512 or PLAIN (sasl.username and sasl.password), with a client certificate (ssl.certificate.location and ssl.key.location), or with OAUTHBEARER by OIDC (sasl.oauthbearer.method: oidc).';

/** Values and names that others have, and what to write here. */
const REFUSED: Readonly<Record<string, { message: string; fix: string }>> = {
  oauth_cb: {
    message:
      'oauth_cb names a Python function, which evrun cannot run (Amazon MSK with IAM and Azure Event Hubs are used with one)',
    fix: `${PYTHON} Amazon MSK offers SCRAM and client certificates beside IAM.`,
  },
  'sasl.jaas.config': {
    message: 'sasl.jaas.config is a property of Java clients',
    fix: 'Write sasl.username and sasl.password.',
  },
  'ssl.truststore.location': {
    message: 'ssl.truststore.location is a property of Java clients',
    fix: 'Write ssl.ca.location with the authority’s certificate as a PEM file.',
  },
};

/** Ignored because evrun does it its own way. */
const OWN_WAY: Readonly<Record<string, string>> = {
  'enable.auto.commit': 'evrun commits what has been acted on, and nothing else',
  'auto.commit.enable': 'evrun commits what has been acted on, and nothing else',
  'auto.commit.interval.ms': 'write options.commit_interval_ms instead',
  'enable.auto.offset.store': 'evrun commits what has been acted on, and nothing else',
  'partition.assignment.strategy':
    'evrun’s own assignment is used, so all members of the group must be evrun’s',
  'group.instance.id': 'members are always dynamic',
  retries: 'evrun retries by options.retry_count and options.retry_backoff_seconds',
  'message.send.max.retries': 'evrun retries by options.retry_count and options.retry_backoff_seconds',
};

/** Where a property was written: a place in the config, and its name there (`KAFKA_PROPERTIES_…`). */
export interface Written {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  readonly variable?: string;
}

/** Reads every property that means something here; the rest is in `problems`. Null = not set. */
export function readProperties(given: ReadonlyMap<string, Written>): {
  readonly values: Properties;
  readonly problems: readonly ConfigProblem[];
} {
  const values: Record<string, unknown> = {};
  const problems: ConfigProblem[] = [];
  const writtenAs = new Map<string, string>();
  for (const [name, written] of given) {
    if (written.value === null || written.value === undefined) continue;
    const first = firstName(name);
    if (!Object.hasOwn(KINDS, first)) {
      const problem = withoutCounterpart(name, written);
      if (problem !== undefined) problems.push(problem);
      continue;
    }
    const kind = KINDS[first as keyof typeof KINDS];
    const value = kind.read(written.value);
    const twin = writtenAs.get(first);
    if (value === undefined) problems.push(wrongValue(name, first, kind.expected, written));
    else if (twin !== undefined && values[first] !== value) problems.push(twice(name, twin, written));
    else values[first] = value;
    writtenAs.set(first, name);
  }
  return { values: values as Properties, problems };
}

/** How the user knows it: by the name in the recipe, or by the variable. */
export const where = (name: string, { variable }: Written): string =>
  variable === undefined ? name : `${variable} (${name})`;

function withoutCounterpart(name: string, written: Written): ConfigProblem | undefined {
  const { path, value, variable } = written;
  const label = where(name, written);
  if (Object.hasOwn(REFUSED, name)) {
    const { message, fix } = REFUSED[name] as { message: string; fix: string };
    return { path, message: variable === undefined ? message : `${label}: ${message}`, fix };
  }
  if (!NAMES.has(name)) {
    const near = nearestName(name);
    const fix = near === undefined ? 'Remove it.' : `Did you mean ${near}?`;
    const message = `librdkafka has no property ${label}`;
    // What the environment holds may be meant for other programs, but not who is let in and who listens.
    const severity = variable !== undefined && !decidesAccess(name) ? 'warning' : 'error';
    return { path, message, fix, severity };
  }
  if (name.endsWith('_cb') || name === 'interceptors') {
    return { path, message: `${label} is a function, which a recipe cannot give`, fix: 'Remove it.' };
  }
  if (name === 'enable.auto.commit' && flag.read(value) === false) return undefined;
  if (decidesAccess(name)) {
    const message = name.startsWith('sasl.kerberos.')
      ? `${label}: evrun cannot log in with Kerberos (GSSAPI)`
      : `${label} has no counterpart in evrun, and without it the connection would be another one`;
    return { path, message, fix: name.startsWith('sasl.') ? PYTHON : 'Remove it.' };
  }
  const why = Object.hasOwn(OWN_WAY, name) ? OWN_WAY[name] : 'it tunes librdkafka, which evrun does not use';
  return { path, message: `${label} has no effect: ${why}`, severity: 'warning' };
}

function decidesAccess(name: string): boolean {
  return /^(?:sasl|ssl|https)[._]|^security\./.test(name) || name === 'plugin.library.paths';
}

function wrongValue(name: string, first: string, expected: string, written: Written): ConfigProblem {
  const { path, value } = written;
  const got = isSecretProperty(first) ? '' : `, got ${shown(value)}`;
  const fix = valueFix(first, value);
  return { path, message: `${where(name, written)}: expected ${expected}${got}`, ...(fix && { fix }) };
}

function valueFix(first: string, value: unknown): string | undefined {
  if (first === 'sasl.mechanisms') {
    return `${/iam/i.test(String(value)) ? 'Amazon MSK offers SCRAM and client certificates beside IAM. ' : ''}${PYTHON}`;
  }
  if (first === 'compression.codec') return undefined;
  if (first === 'sasl.oauthbearer.grant.type') return 'Use a client secret (client_credentials).';
  return undefined;
}

function twice(name: string, twin: string, written: Written): ConfigProblem {
  return {
    path: written.path,
    message: `${where(name, written)} and ${twin} are two names of one property and differ`,
    fix: `Remove ${name}.`,
  };
}

function shown(value: unknown): string {
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a map';
  const said = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return said.length > 60 ? `${said.slice(0, 57)}...` : said;
}

/** Properties whose values never show. */
export function isSecretProperty(name: string): boolean {
  return /password|secret|passphrase|key\.pem$|^ssl_key$|user\.info|jaas|oauthbearer\.config/.test(name);
}
