import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { systemClock } from '../../src/contract/clock.ts';
import type { PipelineEnd } from '../../src/contract/stats.ts';
import { Supervisor } from '../../src/engine/supervisor.ts';
import { loadRecipes, planOf } from '../../src/recipe/index.ts';
import { silentLogger } from '../../src/support/logging/log-silent.ts';
import { connectors } from '../suites/parts.ts';

/*
 * What `check` lets pass, `run` can start: recipes are made from the configs of the connectors' harnesses, with
 * random damage; most are refused, and each that is not is run, dry, over three generated events.
 */

const dir = mkdtempSync(join(tmpdir(), 'evrun-check-run-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const transformers = (await connectors('transformer')).flatMap(({ name, harness }) =>
  harness.cases.map(({ config }) => ({ type: name, config })),
);
const ACTIONS = [
  { type: 'discard' },
  { type: 'hello_world', config: { to_upper: true } },
  { type: 'log', config: {} },
  { type: 'file', config: { path: join(dir, 'out.ndjson'), format: 'cloudevents' } },
  {
    type: 'http',
    config: { url: 'http://127.0.0.1:1/x', method: 'PUT', headers: { 'x-id': '${{ event.id }}' } },
  },
  { type: 'exec', config: { command: ['cat'], mode: 'each' } },
];
const OPTIONS = {
  retry_count: 1,
  concurrency: 2,
  order_by: 'key',
  failure_mode: 'continue',
  commit_interval_ms: 50,
  failed_events_dir: dir,
};

const recipe = fc.record({
  name: fc.constant('property'),
  source: fc.constant({ type: 'generate', config: { count: 3 } as Record<string, unknown> }),
  transform: fc.array(fc.constantFrom(...transformers), { maxLength: 3 }),
  action: fc.constantFrom(...ACTIONS),
  options: fc.constant(OPTIONS),
});

const value = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    'yes',
    '10',
    -1,
    0,
    1.5,
    true,
    [],
    {},
    '7d',
    'key',
    'event.data',
    '${{ event.id }}',
  ),
  fc.string(),
  fc.integer(),
  fc.dictionary(fc.string({ maxLength: 3 }), fc.integer(), { maxKeys: 2 }),
);

/** Replaces, removes or adds one thing somewhere in `tree`. */
function damage(tree: unknown, path: readonly number[], by: unknown): unknown {
  if (typeof tree !== 'object' || tree === null) return by;
  const copy = (Array.isArray(tree) ? [...tree] : { ...tree }) as Record<string, unknown>;
  const keys = Object.keys(copy);
  const [first = 0, ...rest] = path;
  const key = keys[first % Math.max(keys.length, 1)];
  if (key === undefined) return by;
  if (rest.length === 0) copy[key] = by;
  else copy[key] = damage(copy[key], rest, by);
  return copy;
}

it('what check lets pass, run can start', { timeout: 120_000 }, async () => {
  let passed = 0;
  let n = 0;
  const damaged = fc.tuple(
    recipe,
    // Every second one is left whole, so that enough of them are run.
    fc.option(fc.tuple(fc.array(fc.nat(20), { minLength: 2, maxLength: 5 }), value), { freq: 1 }),
  );
  await fc.assert(
    fc.asyncProperty(damaged, async ([whole, hurt]) => {
      n += 1;
      const file = join(dir, `recipe-${n % 10}.yml`);
      writeFileSync(file, JSON.stringify(hurt === null ? whole : damage(whole, hurt[0], hurt[1])));
      const flags = { dryRun: true, maxEvents: 3, idleTimeout: '1' };
      const loaded = await loadRecipes({ files: [file], flags, strict: false });
      const [only] = loaded.recipes;
      if (only === undefined) {
        expect(loaded.problems.length + loaded.disabled.length).toBeGreaterThan(0);
        return;
      }
      passed += 1;
      const plan = planOf(only, {
        flags,
        stateDir: join(dir, 'state'),
        clock: systemClock,
        log: silentLogger,
      });
      const supervisor = new Supervisor([plan]);
      // A damaged recipe may ask for endless events, or for one an hour.
      const enough = setTimeout(() => supervisor.stop('enough'), 1_000);
      const [end] = (await supervisor.run()) as [PipelineEnd];
      clearTimeout(enough);
      expect(end, JSON.stringify(end.error)).toMatchObject({ exitCode: 0 });
    }),
    { numRuns: 200 },
  );
  expect(passed).toBeGreaterThan(50);
});
