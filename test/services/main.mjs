// A server by hand, or for programs that are no vitest test: `node test/services/main.mjs kafka [nodes] [fast]`,
// `… registry` or `… elasticmq`. Prints what reaches it as one line of JSON. Then it takes commands, one a line, and answers each with
// a line: `kill 1`, `restart 1`, `topic <name> <partitions>`. It ends, and the server with it, when its input does.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'rolldown';

const [server, ...options] = process.argv.slice(2);
const { startElasticMq, startKafka, startRegistry } = await services();

if (server === 'kafka') {
  const kafka = await startKafka({ nodes: options.includes('3') ? 3 : 1, fast: options.includes('fast') });
  console.log(JSON.stringify(kafka));
  await answer({
    kill: (node) => kafka.kill(Number(node)),
    restart: (node) => kafka.restart(Number(node)),
    topic: (name, partitions) => kafka.createTopic(name, { partitions: Number(partitions) }),
  });
  await kafka.stop();
} else if (server === 'registry') {
  const registry = await startRegistry();
  console.log(JSON.stringify(registry));
  await answer({});
  await registry.stop();
} else if (server === 'elasticmq') {
  const elasticmq = await startElasticMq();
  console.log(JSON.stringify({ url: elasticmq.url }));
  await answer({});
  await elasticmq.stop();
} else {
  console.error('which server? kafka, registry or elasticmq');
  process.exitCode = 2;
}

async function answer(commands) {
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, ...args] = line.trim().split(' ');
    try {
      await commands[name]?.(...args);
      console.log(name in commands ? 'done' : `commands: ${Object.keys(commands).join(', ')}`);
    } catch (error) {
      console.log(`failed: ${error.message}`);
    }
  }
}

/** The services are TypeScript, which this Node does not run: bundled into a file that is gone at once. */
async function services() {
  const dir = mkdtempSync(join(tmpdir(), 'evrun-services-'));
  const file = join(dir, 'services.mjs');
  try {
    await build({
      input: join(import.meta.dirname, 'index.ts'),
      platform: 'node',
      logLevel: 'silent',
      transform: { define: { 'import.meta.dirname': JSON.stringify(import.meta.dirname) } },
      output: { file, codeSplitting: false },
    });
    return await import(file);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
