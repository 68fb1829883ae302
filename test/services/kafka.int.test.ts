import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { connect } from 'node:tls';
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import { beforeAll, expect, it } from 'vitest';
import { needs } from './describe.ts';
import { type KafkaCluster, sharedKafka, startKafka } from './kafka.ts';
import { unsignedToken } from './oauth.ts';

const describeWithKafka = await needs('kafka');

/** Topics that a client sees, once it got in. */
async function topicsBy(brokers: string, config: Partial<KafkaConfig> = {}): Promise<string[]> {
  const admin = new Kafka({
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    ...config,
  }).admin();
  try {
    await admin.connect();
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}

describeWithKafka('the shared broker', () => {
  let kafka: KafkaCluster;
  const ssl = () => ({ ca: [readFileSync(kafka.files.ca, 'utf8')] });

  beforeAll(async () => {
    kafka = await sharedKafka();
    await kafka.createTopic('seen', { partitions: 2 });
  }, 60_000);

  it('is the same for everyone who asks', async () => {
    expect((await sharedKafka()).plaintext).toBe(kafka.plaintext);
  });

  it('makes topics, adds partitions and deletes topics', async () => {
    await kafka.createTopic('grows', { partitions: 1, config: { 'retention.ms': '60000' } });
    await kafka.addPartitions('grows', 3);
    await kafka.deleteTopic('grows');
    expect(await topicsBy(kafka.plaintext)).toContain('seen');
    expect(await topicsBy(kafka.plaintext)).not.toContain('grows');
  });

  for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
    it(`lets alice in by ${mechanism}, with her password only`, async () => {
      const as = (password: string) =>
        topicsBy(kafka.sasl, { sasl: { mechanism, username: 'alice', password } as KafkaConfig['sasl'] });
      expect(await as('alice-secret')).toContain('seen');
      await expect(as('wrong')).rejects.toThrow(/[Aa]uthentication/);
    });
  }

  it('takes an unsigned OAUTHBEARER token', async () => {
    const sasl = {
      mechanism: 'oauthbearer' as const,
      oauthBearerProvider: async () => ({ value: unsignedToken('alice') }),
    };
    expect(await topicsBy(kafka.sasl, { sasl })).toContain('seen');
  });

  it('speaks TLS, asks for a certificate where it is mutual, and takes SASL over it', async () => {
    const [cert, key] = [kafka.files.clientCert, kafka.files.clientKey].map((path) =>
      readFileSync(path, 'utf8'),
    );
    const sasl = { mechanism: 'scram-sha-512' as const, username: 'alice', password: 'alice-secret' };
    expect(await topicsBy(kafka.tls, { ssl: ssl() })).toContain('seen');
    expect(await topicsBy(kafka.mtls, { ssl: { ...ssl(), cert, key } as KafkaConfig['ssl'] })).toContain(
      'seen',
    );
    expect(await topicsBy(kafka.saslTls, { ssl: ssl(), sasl })).toContain('seen');
    await expect(topicsBy(kafka.mtls, { ssl: ssl() })).rejects.toThrow();
  });

  it('has listeners whose certificate names another host, or has ended', async () => {
    const codeAt = (listener: string) =>
      new Promise((resolve) => {
        const [host = '', port] = listener.split(':');
        const socket = connect({ host, port: Number(port), ...ssl() });
        socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
        socket.once('secureConnect', () => resolve(socket.destroy() && 'connected'));
      });
    expect(await codeAt(kafka.tls)).toBe('connected');
    expect(await codeAt(kafka.wrongName)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await codeAt(kafka.expiredTls)).toBe('CERT_HAS_EXPIRED');
  });

  it('shows bob what he was granted, and nothing after that was taken back', async () => {
    const sasl = { mechanism: 'plain' as const, username: 'bob', password: 'bob-secret' };
    expect(await topicsBy(kafka.sasl, { sasl })).not.toContain('seen');
    await kafka.grant('bob', { topic: 'seen', to: 'read' });
    await expect.poll(() => topicsBy(kafka.sasl, { sasl })).toContain('seen');
    await kafka.revoke('bob', { topic: 'seen', to: 'read' });
    await expect.poll(() => topicsBy(kafka.sasl, { sasl })).not.toContain('seen');
  });
});

describeWithKafka('a broker of one’s own', () => {
  it('keeps its topics over SIGKILL and restart, and takes another password', async () => {
    const kafka = await startKafka();
    try {
      await kafka.createTopic('kept');
      await kafka.kill();
      await expect(topicsBy(kafka.plaintext)).rejects.toThrow();
      kafka.setPassword('alice', 'changed');
      await kafka.restart();
      const sasl = { mechanism: 'plain' as const, username: 'alice', password: 'changed' };
      expect(await topicsBy(kafka.sasl, { sasl })).toContain('kept');
    } finally {
      await kafka.stop();
    }
  }, 60_000);
});

/** The guard is keeper.mjs: without its SIGKILL the broker goes on, and this is red. */
describeWithKafka('a process that is killed with SIGKILL', () => {
  it('leaves no broker and no folder behind', async () => {
    const child = spawn(process.execPath, ['test/services/main.mjs', 'kafka'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { plaintext, files } = JSON.parse(line) as KafkaCluster;
    expect(await topicsBy(plaintext)).toEqual([]);
    child.kill('SIGKILL');
    await expect.poll(() => existsSync(files.ca), { timeout: 10_000 }).toBe(false);
    await expect.poll(() => topicsBy(plaintext).catch(() => 'refused'), { timeout: 10_000 }).toBe('refused');
  }, 60_000);
});
