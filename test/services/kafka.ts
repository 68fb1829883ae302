import { rmSync } from 'node:fs';
import type { Kafka } from 'kafkajs';
import type { CertificateFiles } from './certificates.ts';
import { type Grant, KafkaAdmin, oracle, type TopicOptions } from './kafka-admin.ts';
import { type BrokerOptions, Brokers } from './kafka-broker.ts';
import { LISTENERS, type Listener, type NodePorts, USERS } from './kafka-config.ts';
import { keptFolder } from './keep.ts';
import { oncePerRun } from './shared.ts';

/**
 * Apache Kafka with every way to connect switched on; each listener is a list of `host:port` with commas.
 * `wrongName` and `expiredTls` are TLS listeners whose certificates say another name, or have ended.
 */
export interface KafkaCluster extends Readonly<Record<Listener, string>> {
  readonly files: CertificateFiles;
  createTopic(name: string, options?: TopicOptions): Promise<void>;
  deleteTopic(name: string): Promise<void>;
  addPartitions(name: string, total: number): Promise<void>;
  /** What `bob` may do; `alice`, `CN=client1` and clients without a name may do everything. */
  grant(user: string, grant: Grant): Promise<void>;
  revoke(user: string, grant: Grant): Promise<void>;
  /** A kafkajs client on the plain listener, to look from outside. */
  oracle(): Kafka;
  /** SIGKILL; node 1 unless told. Not for the shared cluster. */
  kill(node?: number): Promise<void>;
  /** Node 1 hangs (SIGSTOP): its connections stay, and nothing answers; until `resume` or `kill`. */
  suspend(): void;
  resume(): void;
  /** Starts a node again on its data and ports, and waits until it answers. */
  restart(node?: number): Promise<void>;
  /** Another password for SASL PLAIN from the next `restart` on. */
  setPassword(user: keyof typeof USERS, password: string): void;
  stop(): Promise<void>;
}

interface Address {
  readonly ports: readonly NodePorts[];
  readonly files: CertificateFiles;
}

/** The one broker of this test run: use topics and groups of your own. It ends with the run. */
export async function sharedKafka(): Promise<KafkaCluster> {
  const address = await oncePerRun('kafka', async (folder) => {
    const { ports, files } = await Brokers.start(folder, {});
    return { ports, files };
  });
  return clusterAt(address, undefined, async () => {});
}

/** A cluster of one's own, to kill and restart. It ends at `stop()`, at the latest with this process. */
export async function startKafka(options: BrokerOptions = {}): Promise<KafkaCluster> {
  const folder = keptFolder('kafka');
  const brokers = await Brokers.start(folder, options);
  return clusterAt(brokers, brokers, async () => {
    await brokers.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
}

function clusterAt(
  { ports, files }: Address,
  own: Brokers | undefined,
  stop: () => Promise<void>,
): KafkaCluster {
  const addresses = LISTENERS.map((listener) => [
    listener,
    ports.map((node) => `127.0.0.1:${node[listener]}`).join(','),
  ]);
  const listeners = Object.fromEntries(addresses) as Record<Listener, string>;
  const admin = new KafkaAdmin(listeners.plaintext);
  const brokers = () => {
    if (own === undefined)
      throw new Error('the shared broker is others’ too: startKafka() gives you one of your own');
    return own;
  };
  return {
    ...listeners,
    files,
    createTopic: (name, options) => admin.createTopic(name, options),
    deleteTopic: (name) => admin.deleteTopic(name),
    addPartitions: (name, total) => admin.addPartitions(name, total),
    grant: (user, grant) => admin.grant(user, grant),
    revoke: (user, grant) => admin.revoke(user, grant),
    oracle: () => oracle(listeners.plaintext),
    kill: (node = 1) => brokers().kill(node),
    suspend: () => brokers().signal(1, 'SIGSTOP'),
    resume: () => brokers().signal(1, 'SIGCONT'),
    restart: (node = 1) => brokers().restart(node),
    setPassword: (user, password) => brokers().configure({ ...USERS, [user]: password }),
    stop,
  };
}
