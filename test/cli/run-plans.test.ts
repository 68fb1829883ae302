import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createProgress } from '../../src/cli/progress.ts';
import { runPlans } from '../../src/cli/run-plans.ts';
import type { PipelinePlan } from '../../src/contract/pipeline.ts';
import { createLogger } from '../../src/support/logging/log.ts';
import { eventually, MemorySource, planFor } from '../engine/kit.ts';
import { TestHost } from './host.ts';

type Overrides = Partial<Parameters<typeof runPlans>[1]> & { format?: 'text' | 'json' };

function runWith(
  host: TestHost,
  plans: readonly PipelinePlan[],
  { format = 'text', ...changes }: Overrides = {},
) {
  const progress = createProgress(host, 'never');
  const log = createLogger({ level: 'info', format, write: progress.print, color: false });
  return runPlans(
    plans.map((plan) => ({ ...plan, log })),
    {
      flags: { config: [], logLevel: 'info', logFormat: format, progress: 'never' },
      host,
      log,
      progress,
      address: undefined,
      stateDir: './.evrun',
      ...changes,
    },
  );
}

const endless = () => Object.assign(new MemorySource(['a']), { stays: true });

describe('running', () => {
  it('ends with a report of each pipeline', async () => {
    const host = new TestHost();
    const plans = [
      planFor({ source: new MemorySource(['a', 'b', '!c']), options: { retryCount: 0 } }),
      { ...planFor({ source: new MemorySource(['x']), steps: [() => null] }), name: 'second' },
    ];
    const ends = await runWith(host, plans);
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(host.errText).toMatch(
      /test \(test\.yml\) ended: end of source\n {2}3 events in .*: 2 acted, 0 dropped, 1 dead\n/,
    );
    expect(host.errText).toContain('  dead letters: failed_events.log\n');
    expect(host.errText).toContain('second (test.yml) ended: end of source');
    expect(host.errText).toContain('nothing was acted on: no event passed `transform[0] test`');
  });

  it('writes the report as a log line where the log is JSON', async () => {
    const host = new TestHost();
    await runWith(host, [planFor({ source: new MemorySource(['a', 'b']) })], { format: 'json' });
    const lines = host.errText
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.at(-1)).toMatchObject({
      pipeline: 'test',
      read: 2,
      acted: 2,
      exitCode: 0,
      'action test: processed': 2,
    });
  });

  it('finishes what is in work after a signal, commits it, and leaves no listener behind', async () => {
    const host = new TestHost();
    const source = endless();
    const running = runWith(host, [planFor({ source })]);
    await eventually(() => source.polls > 0);
    host.signal('SIGTERM');
    const [end] = await running;
    expect(end).toMatchObject({ exitCode: 0, reason: 'stopped by SIGTERM' });
    expect(source.next()).toBe(1);
    expect(host.errText).toContain(
      'stopped by SIGTERM, stopping: finishing what is in work, at most 2 s; again to end at once',
    );
    expect(['SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => host.listeners(name as NodeJS.Signals))).toEqual([
      0, 0, 0,
    ]);
  });

  it('reopens files at SIGHUP and goes on', async () => {
    const host = new TestHost();
    const source = endless();
    let reopened = 0;
    const action = {
      reopen: async () => {
        reopened += 1;
      },
    };
    const running = runWith(host, [planFor({ source, action })]);
    await eventually(() => source.polls > 0);
    host.signal('SIGHUP');
    await eventually(() => reopened === 1);
    host.signal('SIGINT');
    expect(await running).toMatchObject([{ exitCode: 0, reason: 'stopped by SIGINT' }]);
  });
});

describe('with --admin', () => {
  it('serves health and metrics while pipelines run, and tells the port that it chose', async () => {
    const host = new TestHost();
    const source = endless();
    const running = runWith(host, [planFor({ source })], { address: { host: '127.0.0.1', port: 0 } });
    await eventually(() => source.polls > 0);
    const url = /served at (http:\S+)\/healthz/.exec(host.errText)?.[1] ?? '';
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({
      ready: true,
      pipelines: { test: { ready: true, state: 'running' } },
    });
    await eventually(() => source.commits.length > 0);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('evrun_events_total{pipeline="test",outcome="acted"} 1');
    expect(metrics).toMatch(/evrun_commit_age_seconds\{pipeline="test"\} [\d.]+/);
    host.signal('SIGTERM');
    await running;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it('starts nothing when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const source = new MemorySource(['a']);
    const running = runWith(new TestHost(), [planFor({ source })], { address: { host: '127.0.0.1', port } });
    await expect(running).rejects.toMatchObject({ code: 'EVR_USAGE' });
    expect(source.opened).toBe(0);
    await new Promise((resolve) => taken.close(resolve));
  });
});
