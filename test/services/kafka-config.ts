import { join } from 'node:path';

/** Listeners that clients use; each has a port of its own on every node. */
export const LISTENERS = ['plaintext', 'sasl', 'tls', 'mtls', 'saslTls', 'wrongName', 'expiredTls'] as const;
export type Listener = (typeof LISTENERS)[number];

export interface NodePorts extends Readonly<Record<Listener, number>> {
  readonly controller: number;
}

/** `alice` may do everything; `bob` may do what he is granted (SASL PLAIN, SCRAM-SHA-256, SCRAM-SHA-512). */
export const USERS = { alice: 'alice-secret', bob: 'bob-secret' };

const PROTOCOLS: Readonly<Record<Listener, string>> = {
  plaintext: 'PLAINTEXT',
  sasl: 'SASL_PLAINTEXT',
  tls: 'SSL',
  mtls: 'SSL',
  saslTls: 'SASL_SSL',
  wrongName: 'SSL',
  expiredTls: 'SSL',
};

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'];
const MODULES = 'org.apache.kafka.common.security';

/** The text of server.properties for node `id` (1-based). `certificates`: folder that makeCertificates filled. */
export function serverProperties(
  id: number,
  nodes: readonly NodePorts[],
  folder: string,
  certificates: string,
  passwords: Readonly<Record<string, string>> = USERS,
): string {
  const ports = nodes[id - 1] as NodePorts;
  const name = (listener: Listener) => listener.toUpperCase();
  const at = (listener: Listener) => `${name(listener)}://127.0.0.1:${ports[listener]}`;
  const copies = Math.min(3, nodes.length);
  const inSync = Math.min(2, nodes.length);
  const voters = nodes.map(({ controller }, i) => `${i + 1}@127.0.0.1:${controller}`);
  const protocols = LISTENERS.map((listener) => `${name(listener)}:${PROTOCOLS[listener]}`);
  const lines = {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: [`CONTROLLER://127.0.0.1:${ports.controller}`, ...LISTENERS.map(at)].join(','),
    'advertised.listeners': LISTENERS.map(at).join(','),
    'listener.security.protocol.map': ['CONTROLLER:PLAINTEXT', ...protocols].join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, `data-${id}`),
    'default.replication.factor': copies,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    'auto.create.topics.enable': false,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'replica.lag.time.max.ms': 3_000,
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'sasl.enabled.mechanisms': MECHANISMS.join(','),
    ...saslLines(passwords),
    ...tlsLines(certificates),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS;User:CN=client1;User:alice',
  };
  return Object.entries(lines)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function saslLines(passwords: Readonly<Record<string, string>>): Record<string, string> {
  const users = Object.entries(passwords).map(([user, password]) => `user_${user}="${password}"`);
  const lines: Record<string, string> = {};
  for (const listener of ['sasl', 'sasltls']) {
    const of = (mechanism: string) => `listener.name.${listener}.${mechanism}.sasl.jaas.config`;
    lines[of('plain')] = `${MODULES}.plain.PlainLoginModule required ${users.join(' ')};`;
    lines[of('scram-sha-256')] = `${MODULES}.scram.ScramLoginModule required;`;
    lines[of('scram-sha-512')] = `${MODULES}.scram.ScramLoginModule required;`;
    lines[of('oauthbearer')] =
      `${MODULES}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="unused";`;
  }
  return lines;
}

function tlsLines(certificates: string): Record<string, string> {
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(certificates, 'server.pem'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': join(certificates, 'ca.crt'),
    'listener.name.mtls.ssl.client.auth': 'required',
    'listener.name.wrongname.ssl.keystore.type': 'PEM',
    'listener.name.wrongname.ssl.keystore.location': join(certificates, 'wrongName.pem'),
    'listener.name.expiredtls.ssl.keystore.type': 'PEM',
    'listener.name.expiredtls.ssl.keystore.location': join(certificates, 'expiredServer.pem'),
  };
}
