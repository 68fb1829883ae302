import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../../engine/kit.ts';
import { describeWithPubSub, type Emulator, sharedEmulator } from '../../services/pubsub.ts';
import { type PubSubProxy, startPubSubProxy } from '../../services/pubsub-proxy.ts';
import { audit, BOUND, CrashBench } from '../kit.ts';

/** Pub/Sub's shortest: what a killed process held is hidden so long. */
const DEADLINE_SECONDS = 10;
const COUNT = 1_500;
const KILLS = 5;
const ORDERED = 400;
const KEYS = 7;
/** What was leased when a process died comes again by then. */
const UNTIL_ALL_CAME_BACK = ['--idle-timeout', `${DEADLINE_SECONDS + 3}s`];

describeWithPubSub('against Pub/Sub', () => {
  let bench: CrashBench;
  let emulator: Emulator;
  let proxy: PubSubProxy;
  let name: string;

  beforeEach(async () => {
    bench = new CrashBench();
    emulator = await sharedEmulator();
    proxy = await startPubSubProxy(emulator.url);
    name = `crash-${randomUUID()}`;
    await emulator.create({ topic: name, subscription: name }, { ackDeadlineSeconds: DEADLINE_SECONDS });
    bench.recipe(recipe(name));
  });
  afterEach(async () => {
    bench.remove();
    await proxy.stop();
    await emulator.call('DELETE', `subscriptions/${name}`);
  });

  function recipe(subscription: string): readonly string[] {
    const config = [
      `subscription: ${subscription}`,
      `project: ${emulator.project}`,
      `endpoint: "${proxy.url}"`,
      `ack_deadline_seconds: ${DEADLINE_SECONDS}`,
      'prefetch: 200',
    ];
    return [
      'name: crash',
      `source: { type: pubsub, config: { ${config.join(', ')} } }`,
      `action: { type: ${join(import.meta.dirname, '../sink.mjs')} }`,
      ...CrashBench.options,
    ];
  }
  const publish = (from: number, to: number) =>
    emulator.publish(
      name,
      Array.from({ length: to - from }, (_, i) => ({ data: JSON.stringify({ n: from + i }) })),
    );
  const acted = () => bench.acted().length;

  it('SIGKILL again and again: nothing is missing, repeats are within the bound', async () => {
    await publish(0, COUNT);
    for (let i = 0; i < KILLS; i += 1) {
      const before = acted();
      const running = bench.start();
      await eventually(() => acted() > before + 20 + Math.random() * 150);
      running.kill('SIGKILL');
      await running.exit;
    }
    const last = await bench.run({}, undefined, UNTIL_ALL_CAME_BACK);
    expect(last.code, last.stderr).toBe(0);
    const { missing, repeats, dead } = audit(bench, COUNT);
    expect(missing).toEqual([]);
    expect(repeats).toBeLessThanOrEqual(KILLS * BOUND);
    expect(dead).toEqual(Array.from({ length: COUNT / 100 }, (_, i) => i * 100 + 13));
    expect(await emulator.take(name)).toEqual([]);
  }, 180_000);

  // Red with a lane and a key of its own for each message: the guards run in a copy of src, this runs what is built.
  it('SIGKILL again and again: each process works on a key in the order in which it got its messages', async () => {
    const ordered = `${name}-ordered`;
    await emulator.create(
      { topic: name, subscription: ordered },
      { ackDeadlineSeconds: DEADLINE_SECONDS, enableMessageOrdering: true },
    );
    bench.recipe(recipe(ordered));
    const messages = Array.from({ length: ORDERED }, (_, n) => {
      return { data: JSON.stringify({ n }), orderingKey: `k${n % KEYS}` };
    });
    await emulator.publish(name, messages);
    for (let i = 0; i <= 3; i += 1) {
      const [before, handedBefore] = [acted(), proxy.handed.length];
      const last = i === 3;
      const running = bench.start({}, undefined, last ? UNTIL_ALL_CAME_BACK : []);
      if (!last) {
        await eventually(() => acted() > before + 20 + Math.random() * 60);
        running.kill('SIGKILL');
      }
      const { code, stderr } = await running.exit;
      if (last) expect(code, stderr).toBe(0);
      // After a crash the emulator may hand out a key's messages in another order than they were published in, so the
      // order of publishing is not what can be asked for here.
      for (let key = 0; key < KEYS; key += 1) {
        const got = proxy.handed.slice(handedBefore).filter(({ orderingKey }) => orderingKey === `k${key}`);
        const did = bench
          .acted()
          .slice(before)
          .filter(({ n }) => n % KEYS === key);
        expect(
          overtaken(
            got.map(({ data }) => JSON.parse(data).n),
            did.map(({ n }) => n),
          ),
        ).toBeUndefined();
      }
    }
    const { missing, repeats } = audit(bench, ORDERED);
    expect(missing).toEqual([]);
    expect(repeats).toBeLessThanOrEqual(3 * BOUND);
    expect(await emulator.take(ordered)).toEqual([]);
    await emulator.call('DELETE', `subscriptions/${ordered}`);
  }, 180_000);

  it('stopping again and again repeats nothing, and hides nothing from the next', async () => {
    await publish(0, 400);
    for (let i = 0; i < 3; i += 1) {
      const before = acted();
      const running = bench.start();
      await eventually(() => acted() > before + 40);
      running.kill('SIGTERM');
      const { code, stderr } = await running.exit;
      expect(code, stderr).toBe(0);
    }
    const last = await bench.run({}, undefined, ['--until-caught-up']);
    expect(last.code, last.stderr).toBe(0);
    const { missing, repeats } = audit(bench, 400);
    expect(missing).toEqual([]);
    expect(repeats).toBe(0);
  }, 120_000);

  it('an outage of 30 s of HTTP 500 loses nothing, and is no idleness', async () => {
    await publish(0, 50);
    const running = bench.start({}, undefined, ['--idle-timeout', '4s']);
    await eventually(() => acted() > 20);
    const until = performance.now() + (process.env['EVRUN_NIGHTLY'] === '1' ? 30_000 : 8_000);
    proxy.fault = () => (performance.now() < until ? { status: 500 } : undefined);
    await eventually(() => /WARN +cannot/.test(running.said.stderr));
    await publish(50, 60);
    const { code, stderr } = await running.exit;
    expect(code, stderr).toBe(0);
    expect(performance.now()).toBeGreaterThan(until);
    expect(audit(bench, 60).missing).toEqual([]);
  }, 120_000);
});

/** The first of `did` that is not behind the ones before it in `got`; what failed or was cut off leaves gaps. */
function overtaken(got: readonly number[], did: readonly number[]): number | undefined {
  let at = -1;
  return did.find((n) => {
    at = got.indexOf(n, at + 1);
    return at < 0;
  });
}
