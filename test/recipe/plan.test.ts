import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/contract/clock.ts';
import type { Logger } from '../../src/contract/log.ts';
import type { EngineServices, PipelinePlan } from '../../src/contract/pipeline.ts';
import { type CheckedRecipe, loadRecipes, planOf, type RunFlags } from '../../src/recipe/index.ts';
import { limitsOf, startOf } from '../../src/recipe/plan.ts';
import { silentLogger } from '../../src/support/logging/log-silent.ts';

const NOW = Date.UTC(2026, 7, 10, 12);
const DAY = 86_400_000;
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'evrun-plan-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function recipe(content: string, flags: RunFlags = {}): Promise<CheckedRecipe> {
  const path = join(dir, 'recipe.yml');
  writeFileSync(path, content);
  const { recipes, problems } = await loadRecipes({ files: [path], flags, strict: false, env: {} });
  expect(problems).toEqual([]);
  return recipes[0] as CheckedRecipe;
}

const cloud = (keys: string, flags?: RunFlags) =>
  recipe(
    `name: x
datahub: { server: http://127.0.0.1:1 }
source: { type: datahub-cloud, config: { ${keys} } }
action: { type: discard }`,
    flags,
  );

describe('where reading begins', () => {
  it.each([
    ['', {}, { point: { at: 'latest' }, ignoreStored: false }],
    ['start: earliest', {}, { point: { at: 'earliest' }, ignoreStored: false }],
    ['start: 7d', {}, { point: { at: 'time', time: NOW - 7 * DAY }, ignoreStored: false }],
    [
      'start: 2026-08-01T00:00:00Z',
      {},
      { point: { at: 'time', time: Date.UTC(2026, 7, 1) }, ignoreStored: false },
    ],
    [
      'start: "2026-08-01T02:00:00.5+02:00"',
      {},
      { point: { at: 'time', time: Date.UTC(2026, 7, 1) + 500 }, ignoreStored: false },
    ],
    ['start: 2026-08-01', {}, { point: { at: 'time', time: Date.UTC(2026, 7, 1) }, ignoreStored: false }],
    [
      'lookback_days: 2',
      {},
      { point: { at: 'time', time: NOW - 2 * DAY }, lookbackDays: 2, ignoreStored: false },
    ],
    ['reset_offsets: true', {}, { point: { at: 'latest' }, ignoreStored: true }],
    ['start: 7d', { since: '1h' }, { point: { at: 'time', time: NOW - 3_600_000 }, ignoreStored: true }],
    ['lookback_days: 2', { since: 'latest' }, { point: { at: 'latest' }, ignoreStored: true }],
    [
      'lookback_days: 2',
      { resetOffsets: true },
      { point: { at: 'time', time: NOW - 2 * DAY }, lookbackDays: 2, ignoreStored: true },
    ],
  ])('%j with flags %j', async (keys, flags, start) => {
    const { parts } = await cloud(keys, flags);
    expect(startOf(parts, flags, NOW, false)).toEqual(start);
    // A restart goes on where this process was, whatever was asked.
    expect(startOf(parts, flags, NOW, true)).toEqual({ ...start, ignoreStored: false });
  });
});

describe('when a run ends', () => {
  const none = {
    idleTimeoutMs: undefined,
    maxEvents: undefined,
    until: undefined,
    untilCaughtUp: false,
    dryRun: false,
  };

  it.each([
    ['', {}, none],
    ['kill_after_idle_timeout: true', {}, { ...none, idleTimeoutMs: 30_000 }],
    [
      'kill_after_idle_timeout: "yes", idle_timeout_duration_seconds: "5"',
      {},
      { ...none, idleTimeoutMs: 5000 },
    ],
    ['idle_timeout_duration_seconds: 5', {}, none],
    ['kill_after_idle_timeout: true', { idleTimeout: '2m' }, { ...none, idleTimeoutMs: 120_000 }],
    ['', { idleTimeout: '1.5' }, { ...none, idleTimeoutMs: 1500 }],
    [
      '',
      { maxEvents: 3, untilCaughtUp: true, dryRun: true },
      { ...none, maxEvents: 3, untilCaughtUp: true, dryRun: true },
    ],
    ['', { until: '1h' }, { ...none, until: NOW - 3_600_000 }],
    ['', { until: '2026-08-01T00:00:00Z' }, { ...none, until: Date.UTC(2026, 7, 1) }],
  ])('%j with flags %j', async (keys, flags, limits) => {
    const { parts } = await cloud(keys, flags);
    expect(limitsOf(parts, flags, NOW)).toEqual(limits);
  });
});

function plan(checked: CheckedRecipe, flags: RunFlags = {}): PipelinePlan {
  return planOf(checked, { flags, stateDir: join(dir, 'state'), clock: systemClock, log: silentLogger });
}

function services(): EngineServices {
  return {
    reach: (_, operation) => operation(new AbortController().signal),
    revoke: async () => {},
    signal: new AbortController().signal,
    report: { unreachable: () => {}, reachable: () => {} },
  };
}

async function closeAll(parts: Awaited<ReturnType<PipelinePlan['build']>>): Promise<void> {
  await parts.source.close();
  await parts.action.close();
  for (const { transformer } of parts.steps) await transformer.close?.();
  await parts.deadLetters.close();
  await parts.release();
}

const files = (extra = '') => `name: Files
source: { type: file, config: { path: ${dir}/in.ndjson, format: json, start: earliest } }
filter: { event_type: json, event: { color: green } }
transform: [{ type: where, config: { expr: "event.data.n > 1" } }]
action: { type: file, config: { path: ${dir}/out.ndjson } }
options: { failed_events_dir: ${dir}/logs, retry_backoff_seconds: 0.5, max_outage_seconds: 5 }
${extra}`;

describe('a plan', () => {
  it('holds the options in the engine’s units', async () => {
    const { options, name, recipeHash } = plan(await recipe(files()));
    expect(name).toBe('Files');
    expect(recipeHash).toMatch(/^[0-9a-f]{32}$/);
    expect(options).toEqual({
      failureMode: 'CONTINUE',
      retryCount: 3,
      retryBackoffMs: 500,
      attemptTimeoutMs: 60_000,
      concurrency: 16,
      orderBy: 'key',
      commitIntervalMs: 1000,
      commitEvery: 10_000,
      maxInFlight: 10_000,
      maxInFlightBytes: 67_108_864,
      shutdownTimeoutMs: 10_000,
      maxOutageMs: 5000,
    });
  });

  it('builds its parts, again and again', async () => {
    const checked = plan(await recipe(files()));
    for (const restart of [false, true]) {
      const parts = await checked.build(services(), restart);
      expect(parts).toMatchObject({
        sourceType: 'file',
        actionType: 'file',
        ordered: true,
        retries: 'engine',
      });
      expect(parts.steps.map((step) => step.label)).toEqual(['filter', 'transform[0] where']);
      expect(parts.deadLetters.path).toBe(join(dir, 'logs/files/failed_events.log'));
      await closeAll(parts);
    }
  });

  it('that cannot be built leaves nothing locked or open', async () => {
    writeFileSync(join(dir, 'boom.mjs'), 'import { defineAction } from "evrun"; export default 1;');
    const path = join(dir, 'blocked');
    writeFileSync(path, 'a file where the folder should be');
    const blocked = plan(
      await recipe(files().replace(`failed_events_dir: ${dir}/logs`, `failed_events_dir: ${path}`)),
    );
    await expect(blocked.build(services(), false)).rejects.toThrow(/blocked/);
    // The lock of the state was released: another build gets it.
    await closeAll(await plan(await recipe(files())).build(services(), false));
  });

  it('of a dry run writes no state and no dead letters', async () => {
    const checked = await recipe(files().replace('name: Files', 'name: dry'));
    const parts = await plan(checked, { dryRun: true }).build(services(), false);
    await parts.deadLetters.append({} as never);
    await closeAll(parts);
    expect(existsSync(join(dir, 'state/dry'))).toBe(false);
    expect(existsSync(join(dir, 'logs/dry'))).toBe(false);
  });

  it('warns where a step knows only this process, and others read from the same source', async () => {
    const warnings: string[] = [];
    const warn = (sentence: string) => warnings.push(sentence);
    const log: Logger = { ...silentLogger, warn, with: () => log };
    const shared = files()
      .replace(/source: .*/, 'source: { type: kafka, config: { topics: [t], format: json } }')
      .replace(/transform: .*/, 'transform: [{ type: dedupe }]');
    for (const text of [files().replace(/transform: .*/, 'transform: [{ type: dedupe }]'), shared]) {
      const settings = { flags: {}, stateDir: join(dir, 'state'), clock: systemClock, log };
      await closeAll(await planOf(await recipe(text), settings).build(services(), false));
    }
    expect(warnings).toEqual([
      'transform[0] dedupe remembers what this process has done: of events that other processes read from the ' +
        'same kafka source it knows nothing',
    ]);
  });

  it('reads secrets anew for each build after the first', async () => {
    writeFileSync(join(dir, 'token'), 'first-token\n');
    const checked = plan(
      await recipe(files(`datahub: { server: http://x, token: "\${file:${dir}/token}" }`)),
    );
    await closeAll(await checked.build(services(), false));
    expect(await checked.changed()).toBe(false);
    writeFileSync(join(dir, 'token'), 'second-token\n');
    expect(await checked.changed()).toBe(true);
    rmSync(join(dir, 'token'));
    expect(await checked.changed()).toBe(false);
    await expect(checked.build(services(), true)).rejects.toThrow(
      /datahub\.token: secret file .* does not exist/,
    );
  });
});
