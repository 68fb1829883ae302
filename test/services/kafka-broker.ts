import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import type { CertificateFiles } from './certificates.ts';
import { makeCertificates } from './certificates.ts';
import { LISTENERS, type NodePorts, serverProperties, USERS } from './kafka-config.ts';
import { jarsOf } from './maven.ts';
import { freePorts } from './ports.ts';
import { killNow, runProgram, startKept, until } from './process.ts';

const ARTIFACTS = [
  'org.apache.kafka:kafka_2.13:4.3.1',
  'org.apache.logging.log4j:log4j-slf4j-impl:2.25.1',
  'org.apache.logging.log4j:log4j-core:2.25.1',
];

/** Everything but the heap: a short-lived broker on two cores starts faster without the optimising compiler. */
const QUICK = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const READY_MS = 60_000;

export interface BrokerOptions {
  readonly nodes?: 1 | 3;
  /** True: the JVM optimises, for benchmarks. */
  readonly fast?: boolean;
}

/** Folder with Apache Kafka's jars; downloads them the first time. */
export function kafkaJars(): Promise<string> {
  return jarsOf('kafka-4.3.1', ARTIFACTS);
}

/** The nodes of one cluster in one folder, which its keeper watches. */
export class Brokers {
  readonly files: CertificateFiles;
  readonly ports: readonly NodePorts[];
  private readonly folder: string;
  private readonly jars: string;
  private readonly fast: boolean;
  private readonly pids: (number | undefined)[];

  private constructor(
    folder: string,
    jars: string,
    ports: readonly NodePorts[],
    files: CertificateFiles,
    fast: boolean,
  ) {
    this.folder = folder;
    this.jars = jars;
    this.ports = ports;
    this.files = files;
    this.fast = fast;
    this.pids = ports.map(() => undefined);
  }

  static async start(folder: string, { nodes = 1, fast = false }: BrokerOptions): Promise<Brokers> {
    const certificates = join(folder, 'certificates');
    mkdirSync(certificates);
    const [jars, files, ports] = await Promise.all([
      kafkaJars(),
      makeCertificates(certificates),
      nodePorts(nodes),
    ]);
    const brokers = new Brokers(folder, jars, ports, files, fast);
    brokers.configure(USERS);
    await Promise.all(ports.map((_, i) => brokers.format(i + 1)));
    for (const i of ports.keys()) brokers.launch(i + 1);
    await brokers.ready();
    return brokers;
  }

  /** Passwords of SASL PLAIN from the next start on. */
  configure(passwords: Readonly<Record<string, string>>): void {
    const certificates = join(this.folder, 'certificates');
    for (const i of this.ports.keys()) {
      const text = serverProperties(i + 1, this.ports, this.folder, certificates, passwords);
      writeFileSync(this.properties(i + 1), text);
    }
  }

  async kill(node: number): Promise<void> {
    const pid = this.pids[node - 1];
    this.pids[node - 1] = undefined;
    if (pid !== undefined) await killNow(pid);
  }

  signal(node: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
    const pid = this.pids[node - 1];
    if (pid !== undefined) process.kill(pid, signal);
  }

  async restart(node: number): Promise<void> {
    await this.kill(node);
    this.launch(node);
    await this.ready();
  }

  async stop(): Promise<void> {
    await Promise.all(this.ports.map((_, i) => this.kill(i + 1)));
  }

  private launch(node: number): void {
    const heap = ['-Xms64m', this.fast ? '-Xmx1g' : '-Xmx256m', ...(this.fast ? [] : QUICK)];
    const args = [...heap, '-cp', join(this.jars, '*'), 'kafka.Kafka', this.properties(node)];
    this.pids[node - 1] = startKept(`node-${node}`, 'java', args, this.folder);
  }

  private async format(node: number): Promise<void> {
    const scram = Object.entries(USERS).flatMap(([name, password]) =>
      ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
        '--add-scram',
        `${mechanism}=[name=${name},password=${password}]`,
      ]),
    );
    const tool = ['-cp', join(this.jars, '*'), 'kafka.tools.StorageTool', 'format'];
    const args = [...QUICK, ...tool, '-t', 'ZXZydW4tdGVzdC1rYWZrYQ', '-c', this.properties(node), ...scram];
    await runProgram('java', args, this.folder, READY_MS);
  }

  /** All nodes that were started answer, each on its own port, and see each other. */
  private async ready(): Promise<void> {
    const started = this.ports.filter((_, i) => this.pids[i] !== undefined);
    await Promise.all(
      started.map(({ plaintext }) =>
        until('Kafka to be ready', READY_MS, async () => (await seenBy(plaintext)) === started.length),
      ),
    );
  }

  private properties(node: number): string {
    return join(this.folder, `node-${node}.properties`);
  }
}

/** How many brokers the one at `port` knows. */
async function seenBy(port: number): Promise<number> {
  const admin = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    connectionTimeout: 1_000,
  }).admin();
  try {
    await admin.connect();
    await admin.fetchTopicMetadata();
    return (await admin.describeCluster()).brokers.length;
  } finally {
    await admin.disconnect();
  }
}

async function nodePorts(nodes: number): Promise<NodePorts[]> {
  const names = ['controller', ...LISTENERS];
  const free = await freePorts(nodes * names.length);
  return Array.from({ length: nodes }, (_, node) => {
    const own = free.slice(node * names.length, (node + 1) * names.length);
    return Object.fromEntries(names.map((name, i) => [name, own[i]])) as unknown as NodePorts;
  });
}
