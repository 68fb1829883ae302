/**
 * The recipe's `connection` and the environment, read into settings. One function decides for check and run, so
 * that what passes the one starts under the other.
 */
import type { ConfigProblem } from '../../contract/define.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { ConfigOf } from '../../contract/schema.ts';
import { addSecret } from '../logging/redact.ts';
import { readBootstrap } from './bootstrap.ts';
import { connectionSchema } from './connection-schema.ts';
import { sessionTimeoutMs, settingsOf } from './connection-settings.ts';
import { type Environment, propertiesOf } from './environment.ts';
import { CONSUMER_NAMES, NAMES, nearestName, PRODUCER_NAMES } from './librdkafka-names.ts';
import { isSecretProperty, readProperties, type Written, where } from './properties.ts';
import { firstName, type Properties } from './property-table.ts';
import { saslOf } from './sasl.ts';
import type { KafkaSettings, Role } from './settings.ts';
import { type PropertyProblem, tlsOf } from './tls.ts';
import { unreadableFiles } from './unreadable.ts';

type Maps = 'consumer_config' | 'producer_config' | 'schema_registry_config';

/** As its schema reads it. */
export type KafkaConnection = Partial<Omit<ConfigOf<typeof connectionSchema>, Maps>> & {
  readonly [K in Maps]?: Readonly<Record<string, unknown>> | undefined;
};

/** What is wrong with `connection`; paths begin with it. Secrets of the environment are registered on the way. */
export function checkConnection(
  connection: KafkaConnection | undefined,
  role: Role,
  environment: Environment = process.env,
): readonly ConfigProblem[] {
  return readConnection(connection ?? {}, role, environment).problems;
}

/** Throws EvrunError EVR_RECIPE with the first problem that `checkConnection` finds. */
export function kafkaSettings(
  connection: KafkaConnection | undefined,
  role: Role,
  environment: Environment = process.env,
): KafkaSettings {
  const { settings, problems } = readConnection(connection ?? {}, role, environment);
  const wrong = problems.find(({ severity }) => severity !== 'warning');
  if (wrong !== undefined) throw new EvrunError('EVR_RECIPE', `kafka: ${wrong.message}`);
  return settings;
}

/** What recipes call these topics, once for each broker by which the cluster is found. */
export function topicPlaces(topics: readonly string[], { brokers }: KafkaSettings): readonly string[] {
  return topics.flatMap((topic) => brokers.map((broker) => `topic ${topic} at ${broker}`));
}

function readConnection(connection: KafkaConnection, role: Role, environment: Environment) {
  const given = gather(connection, role, environment);
  for (const [name, { value }] of given) hideSecret(name, value);
  for (const [name, value] of Object.entries(connection.schema_registry_config ?? {}))
    hideSecret(name, value);
  const { values, problems: wrong } = readProperties(given);
  const problems = [...wrong];
  const bootstrap = bootstrapOf(connection, values, given);
  const { brokers, problems: wrongBrokers } = readBootstrap(bootstrap.list);
  for (const message of wrongBrokers) problems.push({ path: bootstrap.path, message });
  problems.push(...bootstrap.problems);
  const tls = tlsOf(values);
  const sasl = saslOf(values);
  // A value that could not be read was told of already, and its absence explains nothing.
  const told = new Set(
    problems.filter(({ severity }) => severity !== 'warning').map(({ path }) => path.join('\n')),
  );
  const found: readonly PropertyProblem[] = [
    ...tls.problems,
    ...sasl.problems,
    ...inconsistent(values),
    ...(tls.problems.length === 0 ? unreadableFiles(values) : []),
  ];
  for (const { property, because, ignored, ...problem } of found) {
    const [name, written] = placeOf([property, because], given);
    if (told.has(written.path.join('\n'))) continue;
    problems.push({ path: written.path, ...problem, ...(ignored && withoutEffect(name, written, problem)) });
  }
  return { settings: settingsOf(values, brokers, tls.tls, sasl.sasl), problems };
}

/** A secret under a name that was mistyped is one all the same. */
function hideSecret(name: string, value: unknown): void {
  const meant = NAMES.has(name) ? name : (nearestName(name) ?? name);
  if (!isSecretProperty(name) && !isSecretProperty(meant)) return;
  if (typeof value !== 'string' && typeof value !== 'number') return;
  const text = String(value);
  addSecret(text);
  // `user:password`: the password alone is secret, too.
  if (name.endsWith('user.info')) addSecret(text.slice(text.indexOf(':') + 1));
}

/** By name: the environment's, then the recipe's over them; a producer's own over those of the consumer. */
function gather(connection: KafkaConnection, role: Role, environment: Environment): Map<string, Written> {
  const given = propertiesOf(environment);
  const add = (key: 'consumer_config' | 'producer_config', wanted: (name: string) => boolean) => {
    const own = Object.entries(connection[key] ?? {}).filter(([name]) => wanted(name));
    const said = new Set(own.filter(([, value]) => value !== null).map(([name]) => firstName(name)));
    for (const name of given.keys()) if (said.has(firstName(name))) given.delete(name);
    for (const [name, value] of own) {
      if (value !== null) given.set(name, { path: ['connection', key, name], value });
    }
  };
  const foreign = role === 'consumer' ? PRODUCER_NAMES : CONSUMER_NAMES;
  for (const name of given.keys()) if (foreign.has(name)) given.delete(name);
  add('consumer_config', (name) => role === 'consumer' || !CONSUMER_NAMES.has(name));
  if (role === 'producer') add('producer_config', () => true);
  return given;
}

/** The first of these properties that was written, under its name there. */
function placeOf(
  properties: readonly (string | undefined)[],
  given: ReadonlyMap<string, Written>,
): readonly [string, Written] {
  for (const property of properties) {
    for (const place of given) if (firstName(place[0]) === property) return place;
  }
  return ['', { path: ['connection'], value: undefined }];
}

/**
 * What decides who is let in and who listens must not be ignored; what the environment holds may be meant for other
 * programs.
 */
function withoutEffect(name: string, written: Written, { message }: { readonly message: string }) {
  const severity = written.variable === undefined ? 'error' : 'warning';
  return { message: `${where(name, written)} has no effect: ${message}`, severity } as const;
}

const { default: LOCAL } = connectionSchema.properties.bootstrap;

/** `bootstrap.servers` goes before `connection.bootstrap`, as in DataHub; a variable goes behind both. */
function bootstrapOf(
  { bootstrap }: KafkaConnection,
  values: Properties,
  given: ReadonlyMap<string, Written>,
) {
  const listed = values['bootstrap.servers'];
  const said = bootstrap === LOCAL ? undefined : bootstrap;
  const own = { list: bootstrap ?? LOCAL, path: ['connection', 'bootstrap'], problems: [] };
  if (listed === undefined) return own;
  const [name, written] = placeOf(['bootstrap.servers'], given);
  if (said !== undefined && written.variable !== undefined) return own;
  const problems: ConfigProblem[] = [];
  if (said !== undefined && said !== listed) {
    const message = `no effect: ${name} in ${written.path[1]} goes before`;
    problems.push({ path: own.path, message, fix: 'Remove one of them.', severity: 'warning' });
  }
  return { list: listed, path: written.path, problems };
}

function inconsistent(values: Properties): PropertyProblem[] {
  const session = sessionTimeoutMs(values);
  const heartbeat = values['heartbeat.interval.ms'];
  if (heartbeat === undefined || heartbeat < session) return [];
  const message = `heartbeat.interval.ms (${heartbeat}) is not less than session.timeout.ms (${session})`;
  return [{ property: 'heartbeat.interval.ms', message, fix: `Write ${Math.floor(session / 3)}.` }];
}
