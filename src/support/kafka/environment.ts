/**
 * Properties from the environment, as DataHub reads them: `KAFKA_PROPERTIES_SASL_PASSWORD` is `sasl.password`.
 * The recipe goes before. Names of Java clients, which the same environment often holds, are passed over.
 */
import type { Written } from './properties.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'KAFKA_PROPERTIES_';
const SWITCH = 'DATAHUB_ACTIONS_KAFKA_ENV_PROPERTIES_ENABLED';

const SKIPPED_PREFIXES = ['ssl.keystore', 'ssl.truststore', 'kafkastore.', 'basic.auth.', 'schema.registry.'];
const SKIPPED = new Set([
  'sasl.jaas.config',
  'sasl.client.callback.handler.class',
  'sasl.login.class',
  'sasl.login.callback.handler.class',
  'ssl.protocol',
  'ssl.enabled.protocols',
  'partition.assignment.strategy',
  'group.id',
]);

/** By property name. Empty values count as not set; `DATAHUB_ACTIONS_KAFKA_ENV_PROPERTIES_ENABLED=false` turns it off. */
export function propertiesOf(environment: Environment): Map<string, Written> {
  const found = new Map<string, Written>();
  if (/^\s*(?:false|0|no)\s*$/i.test(environment[SWITCH] ?? '')) return found;
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || value === undefined || value.trim() === '') continue;
    const rest = variable.slice(PREFIX.length).toLowerCase();
    const name = rest === 'oauth_cb' ? rest : rest.replaceAll('_', '.');
    if (SKIPPED.has(name) || SKIPPED_PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    found.set(name, { path: ['connection'], value, variable });
  }
  return found;
}
