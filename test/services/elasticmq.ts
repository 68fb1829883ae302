import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FakeAws } from './fauxqs.ts';
import { keptFolder } from './keep.ts';
import { jarsOf } from './maven.ts';
import { freePorts } from './ports.ts';
import { killNow, startKept, until } from './process.ts';

/*
 * ElasticMQ, the SQS nearest to AWS's that runs here. What it proves: failures of single entries of a batch, many
 * messages of a FIFO group in one receive, the order in which they come again. Where it lies: to delete twice, or
 * with an outdated receipt, is an error; the region in its ARNs is `elasticmq`; it has no SNS.
 */
export async function startElasticMq(): Promise<FakeAws> {
  const jars = await jarsOf('elasticmq-1.7.1', ['org.elasticmq:elasticmq-server_2.13:1.7.1']);
  for (let attempt = 1; ; attempt += 1) {
    const server = await startOnce(jars).catch((error: unknown) => {
      if (attempt === 3) throw error;
    });
    if (server !== undefined) return server;
  }
}

/** Fails where somebody else took the port meanwhile. */
async function startOnce(jars: string): Promise<FakeAws> {
  const folder = keptFolder('elasticmq');
  const [port = 0] = await freePorts(1);
  writeFileSync(
    join(folder, 'emq.conf'),
    `include classpath("application.conf")
rest-sqs { enabled = true, bind-hostname = "127.0.0.1", bind-port = ${port}, sqs-limits = strict }
rest-stats { enabled = false }
node-address { protocol = http, host = "127.0.0.1", port = ${port}, context-path = "" }
`,
  );
  const options = ['-Xmx128m', '-XX:+UseSerialGC', `-Dconfig.file=${join(folder, 'emq.conf')}`];
  const main = 'org.elasticmq.server.Main';
  const pid = startKept('elasticmq', 'java', [...options, '-cp', `${jars}/*`, main], folder);
  const url = `http://127.0.0.1:${port}`;
  async function stop(): Promise<void> {
    await killNow(pid);
    rmSync(folder, { recursive: true, force: true });
  }
  try {
    await until('ElasticMQ to answer', 60_000, async () => (await fetch(`${url}/?Action=ListQueues`)).ok);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}
