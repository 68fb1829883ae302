import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AwsProxy, startAwsProxy } from '../../services/aws-proxy.ts';
import { startElasticMq } from '../../services/elasticmq.ts';
import { type FakeAws, KEYS, REGION, startFauxqs } from '../../services/fauxqs.ts';
import { createQueue, type TestQueue } from '../../services/sqs-world.ts';
import { audit, BOUND, CrashBench } from '../kit.ts';

const COUNT = 300;
/** Numbers of the FIFO queue: none of them fails, see sink.mjs. */
const FIFO = Array.from({ length: 120 }, (_, i) => i * 10);
const KILLS = process.env['EVRUN_NIGHTLY'] === '1' ? 40 : 3;
const ALWAYS_FAILING = Array.from({ length: COUNT / 100 }, (_, i) => i * 100 + 13);

/**
 * A queue keeps what was not deleted: a deletion that comes too early shows as a gap, one that comes late as a repeat.
 * What a killed process held is hidden for two seconds; the last run therefore ends after three without anything new.
 */
class World {
  readonly bench = new CrashBench();
  readonly proxy: AwsProxy;
  readonly queue: TestQueue;

  private constructor(proxy: AwsProxy, queue: TestQueue) {
    this.proxy = proxy;
    this.queue = queue;
  }

  static async start(server: FakeAws, name: string): Promise<World> {
    const isFifo = name.endsWith('.fifo');
    const proxy = await startAwsProxy(server.url);
    const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };
    const queue = await createQueue(server, name, isFifo ? fifo : {});
    const numbers = isFifo ? FIFO : Array.from({ length: COUNT }, (_, n) => n);
    const bodies = numbers.map((n, i) => JSON.stringify({ n, key: `k${i % 10}` }));
    await queue.send(bodies, (_, i) => (isFifo ? { MessageGroupId: `k${i % 10}` } : {}));
    const world = new World(proxy, queue);
    const keys = `access_key_id: ${KEYS.access_key_id}, secret_access_key: ${KEYS.secret_access_key}`;
    const waits = 'wait_time_seconds: 1, visibility_timeout_seconds: 2, receivers: 2';
    const idle = 'kill_after_idle_timeout: true, idle_timeout_duration_seconds: 3';
    const format = 'format: { type: json, config: { key: key } }';
    world.bench.recipe([
      'name: crash',
      'source:',
      '  type: sqs',
      `  config: { queue_url: "${queue.url}", endpoint: "${proxy.url}", region: ${REGION}, ${keys}, ${waits}, ${idle}, ${format} }`,
      `action: { type: ${join(import.meta.dirname, '../sink.mjs')} }`,
      // SQS counts the attempts of processes that died too: one more than can fail here.
      ...CrashBench.options.map((line) => line.replace('retry_count: 1', 'retry_count: 3')),
    ]);
    return world;
  }

  async stop(): Promise<void> {
    this.bench.remove();
    this.queue.close();
    await this.proxy.stop();
  }
}

describe('a reader of SQS killed with SIGKILL', () => {
  let server: FakeAws;
  let strict: FakeAws;
  let world: World;
  let queues = 0;
  beforeAll(async () => {
    [server, strict] = await Promise.all([startFauxqs(), startElasticMq()]);
  }, 300_000);
  afterAll(async () => {
    await server.stop();
    await strict.stop();
  });
  afterEach(() => world.stop());

  async function endsWell(): Promise<void> {
    const after = await world.bench.run();
    expect(after.code, after.stderr).toBe(0);
    expect(await world.queue.count()).toEqual({ visible: 0, hidden: 0 });
  }

  const points = [
    'before-action:60',
    'in-action:60',
    'in-backoff:5',
    'mid-letters-write:2',
    'before-letters-sync:2',
    'after-letters-sync:2',
  ];
  for (const point of points) {
    it(`at ${point.replace(':', ', number ')}: nothing is missing, only what was in flight repeats`, async () => {
      world = await World.start(server, `q${queues++}`);
      const crash = await world.bench.run({ KILL_AT: point });
      expect(crash.signal, crash.stderr).toBe('SIGKILL');
      await endsWell();
      const { missing, repeats, dead } = audit(world.bench, COUNT);
      expect(missing).toEqual([]);
      expect(repeats).toBeLessThanOrEqual(BOUND);
      expect(dead).toEqual(ALWAYS_FAILING);
    }, 60_000);
  }

  for (const when of ['before', 'after'] as const) {
    it(`${when} a deletion reached the queue: nothing is missing, only what was in flight repeats`, async () => {
      world = await World.start(server, `q${queues++}`);
      const running = world.bench.start();
      let deletions = 0;
      const strike = (operation: string) => {
        if (operation !== 'DeleteMessageBatch') return false;
        deletions += 1;
        if (deletions === 6) running.kill('SIGKILL');
        return deletions >= 6;
      };
      if (when === 'before')
        world.proxy.faults.push(({ operation }) => (strike(operation) ? 'drop' : undefined));
      else {
        world.proxy.rewrite = ({ operation }, answer) => {
          strike(operation);
          return answer;
        };
      }
      expect((await running.exit).signal).toBe('SIGKILL');
      world.proxy.faults.length = 0;
      world.proxy.rewrite = undefined;
      await endsWell();
      const { missing, repeats } = audit(world.bench, COUNT);
      expect(missing).toEqual([]);
      expect(repeats).toBeLessThanOrEqual(BOUND);
    }, 60_000);
  }

  it(`${KILLS} times in a row, at random: nothing is missing, repeats are within the bounds`, async () => {
    world = await World.start(server, `q${queues++}`);
    for (let i = 0; i < KILLS; i += 1) await world.bench.run({}, 500 + Math.random() * 1_000);
    await endsWell();
    const { missing, repeats, dead } = audit(world.bench, COUNT);
    expect(missing).toEqual([]);
    expect(repeats).toBeLessThanOrEqual(KILLS * BOUND);
    // What fails once in each process may use up its attempts over so many of them.
    expect(dead).toEqual(expect.arrayContaining(ALWAYS_FAILING));
    expect(dead.filter((n) => n % 10 !== 7 && n % 100 !== 13)).toEqual([]);
  }, 180_000);

  it('reading a FIFO queue, again and again: nothing is missing, and every group keeps its order', async () => {
    world = await World.start(strict, `q${queues++}.fifo`);
    for (let i = 0; i < 3; i += 1) await world.bench.run({}, 800 + Math.random() * 1_500);
    await endsWell();
    const acted = new Set(world.bench.acted().map(({ n }) => n));
    expect([...acted].sort((a, b) => a - b)).toEqual(FIFO);
    expect(audit(world.bench, 0).disordered).toBe(0);
  }, 180_000);
});
