import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { audit, BOUND, CrashBench } from './kit.ts';

const COUNT = 1_200;

/** A file keeps everything, so a commit that comes too early shows as a gap, one that comes late as a repeat. */
function benchWithFile(): CrashBench {
  const bench = new CrashBench();
  const lines = Array.from({ length: COUNT }, (_, n) => JSON.stringify({ n, key: `k${n % 25}` }));
  writeFileSync(join(bench.dir, 'events.ndjson'), `${lines.join('\n')}\n`);
  bench.recipe([
    'name: crash',
    'source: { type: file, config: { path: events.ndjson, format: { type: json, config: { key: key } } } }',
    `action: { type: ${join(import.meta.dirname, 'sink.mjs')} }`,
    ...CrashBench.options,
  ]);
  return bench;
}

const ALWAYS_FAILING = Array.from({ length: COUNT / 100 }, (_, i) => i * 100 + 13);

describe('killed with SIGKILL', () => {
  let bench: CrashBench;
  afterEach(() => bench.remove());

  const points = [
    'before-action:100',
    'in-action:100',
    'in-backoff:5',
    'before-state-write:8',
    'mid-state-write:8',
    'before-state-sync:8',
    'after-state-sync:8',
    'mid-letters-write:3',
    'before-letters-sync:3',
    'after-letters-sync:3',
  ];
  for (const point of points) {
    it(`at ${point.replace(':', ', number ')}: nothing is missing, repeats are within the bound, keys keep their order`, async () => {
      bench = benchWithFile();
      const crash = await bench.run({ KILL_AT: point });
      expect(crash.signal, crash.stderr).toBe('SIGKILL');
      const after = await bench.run();
      expect(after.code, after.stderr).toBe(0);
      const { missing, repeats, disordered, dead } = audit(bench, COUNT);
      expect(missing).toEqual([]);
      expect(repeats).toBeLessThanOrEqual(BOUND);
      expect(disordered).toBe(0);
      expect(dead).toEqual(ALWAYS_FAILING);
    });
  }

  it('fifty times in a row, at random: nothing is missing, repeats are within fifty bounds', async () => {
    bench = benchWithFile();
    let kills = 0;
    for (let i = 0; i < 50; i += 1) {
      const before = bench.acted().length;
      const exit = await bench.run({}, 150 + Math.random() * 500);
      if (exit.signal === 'SIGKILL') kills += 1;
      else expect(exit.code, exit.stderr).toBe(0);
      const run = bench.acted().slice(before);
      const earlier = new Set(
        bench
          .acted()
          .slice(0, before)
          .map(({ n }) => n),
      );
      expect(run.filter(({ n }) => earlier.has(n)).length).toBeLessThanOrEqual(BOUND);
    }
    expect((await bench.run()).code).toBe(0);
    expect(kills).toBeGreaterThan(0);
    const { missing, disordered, dead } = audit(bench, COUNT);
    expect(missing).toEqual([]);
    expect(disordered).toBe(0);
    expect(dead).toEqual(ALWAYS_FAILING);
  }, 120_000);
});
