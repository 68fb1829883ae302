import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../engine/kit.ts';
import { entityChange } from '../fakes/poll-api/events.mjs';
import { type PollApi, startPollApi } from '../fakes/poll-api/server.mjs';
import { audit, BOUND, CrashBench } from './kit.ts';

const TOPIC = 'PlatformEvent_v1';
const COUNT = 3_000;
const KEYS = 25;

const values = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => {
    const n = from + i;
    return entityChange(n, { entityUrn: `urn:li:dataset:${n % KEYS}`, parameters: { n } });
  });

const ALWAYS_FAILING = Array.from({ length: COUNT / 100 }, (_, i) => i * 100 + 13);

describe('against the events API', () => {
  let bench: CrashBench;
  let api: PollApi;
  beforeEach(() => {
    bench = new CrashBench();
  });
  afterEach(async () => {
    bench.remove();
    await api.close();
  });

  async function world(options: Parameters<typeof startPollApi>[0] = {}, config = '', token = 'right') {
    api = await startPollApi({ token: 'right', ...options });
    bench.recipe([
      'name: crash',
      `datahub: { server: "${api.url}", token: ${token} }`,
      `source: { type: datahub-cloud, config: { lookback_days: 7 ${config} } }`,
      `action: { type: ${join(import.meta.dirname, 'sink.mjs')} }`,
      ...CrashBench.options,
    ]);
  }

  for (const retention of ['all', 'acknowledged'] as const) {
    it(`ten SIGKILLs, and it keeps ${retention}: nothing is missing, repeats are within the bound`, async () => {
      await world({ retention });
      api.put(TOPIC, values(0, COUNT));
      let kills = 0;
      for (let i = 0; i < 10; i += 1) {
        const before = bench.acted();
        const exit = await bench.run({}, 250 + Math.random() * 400, ['--until-caught-up']);
        if (exit.signal === 'SIGKILL') kills += 1;
        const earlier = new Set(before.map(({ n }) => n));
        const repeats = bench
          .acted()
          .slice(before.length)
          .filter(({ n }) => earlier.has(n));
        expect(repeats.length).toBeLessThanOrEqual(BOUND);
      }
      const last = await bench.run({}, undefined, ['--until-caught-up']);
      expect(last.code, last.stderr).toBe(0);
      expect(kills).toBeGreaterThan(0);
      const { missing, disordered, dead } = audit(bench, COUNT);
      expect(missing).toEqual([]);
      expect(disordered).toBe(0);
      expect(dead).toEqual(ALWAYS_FAILING);
    }, 60_000);
  }

  it('one malformed event becomes a dead letter with its raw bytes, and the rest goes on', async () => {
    await world();
    api.put(TOPIC, [...values(0, 5), '{"name": "entityChangeEvent", "payl', ...values(5, 10)]);
    const exit = await bench.run({}, undefined, ['--until-caught-up']);
    expect(exit.code, exit.stderr).toBe(0);
    expect(audit(bench, 10).missing).toEqual([]);
    expect(exit.stderr).toContain('failed_events.log');
  });

  it('an idle timeout stores the position first, where DataHub Actions finds it', async () => {
    await world({}, ', kill_after_idle_timeout: true, idle_timeout_duration_seconds: 1');
    api.put(TOPIC, values(0, 10));
    const exit = await bench.run();
    expect(exit.code, exit.stderr).toBe(0);
    const [aspect] = api.aspects.values();
    const state = JSON.parse(aspect?.value.blob ?? '{}') as { offset_id: string };
    expect(api.log.readOffset(TOPIC, state.offset_id)).toBe(10);
  });

  it('a wrong token ends it with exit 5, saying why', async () => {
    await world({}, '', 'wrong');
    const exit = await bench.run();
    expect(exit.code, exit.stderr).toBe(5);
    expect(exit.stderr).toMatch(/401/);
    expect(exit.stderr).not.toContain('wrong');
  });

  it('an outage is a warning at once, is not idleness, and ends without a loss', async () => {
    await world({}, ', kill_after_idle_timeout: true, idle_timeout_duration_seconds: 1');
    api.put(TOPIC, values(0, 10));
    const running = bench.start();
    await eventually(() => bench.acted().length === 10);
    await api.breakDown();
    await eventually(() => /WARN +cannot/.test(running.said.stderr));
    await api.recover();
    api.put(TOPIC, values(10, 20));
    const exit = await running.exit;
    expect(exit.code, exit.stderr).toBe(0);
    expect(audit(bench, 20).missing).toEqual([]);
  });

  it('SIGTERM in an outage ends it with exit 0 and nothing lost', async () => {
    await world();
    api.put(TOPIC, values(0, 10));
    const running = bench.start();
    await eventually(() => bench.acted().length === 10);
    await api.breakDown();
    await eventually(() => /WARN +cannot/.test(running.said.stderr));
    running.kill('SIGTERM');
    expect((await running.exit).code).toBe(0);
    await api.recover();
    api.put(TOPIC, values(10, 20));
    await bench.run({}, undefined, ['--until-caught-up']);
    const { missing, repeats } = audit(bench, 20);
    expect(missing).toEqual([]);
    expect(repeats).toBe(0);
  });
});
