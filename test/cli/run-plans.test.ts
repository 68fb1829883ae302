import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createProgress } from '../../src/cli/progress.ts';
import { runPlans } from '../../src/cli/run-plans.ts';
import { followUncaught } from '../../src/cli/uncaught.ts';
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
      uncaught: followUncaught(host, log, () => {}),
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

// Guard: with the process ended at once nothing is committed, and another pipeline's work comes again.
describe('an error that nobody caught', () => {
  const failure = Object.assign(new Error('floating'), {
    stack: 'Error: floating\n    at node:internal/x:1:1\n    at notify (file:///home/me/notify.mjs:3:9)',
  });

  it('stops all pipelines in order, and says where it was thrown', async () => {
    const host = new TestHost();
    const sources = [endless(), endless()];
    const plans = sources.map((source, n) => ({ ...planFor({ source }), name: `p${n}` }));
    const running = runWith(host, plans, { format: 'json' });
    await eventually(() => sources.every(({ polls }) => polls > 0));
    host.fail(failure);
    expect(await running).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
    expect(sources.map((source) => source.next())).toEqual([1, 1]);
    expect(host.exits).toEqual([]);
    const said = host.errText.split('\n').find((line) => line.includes('floating'));
    expect(JSON.parse(said ?? '')).toMatchObject({
      level: 'error',
      code: 'EVR_INTERNAL',
      message: expect.stringMatching(/at \/home\/me\/notify\.mjs:3:9: floating\. .*\nat notify/s),
    });
  });

  it('ends the process at once when it is another one than the first, or when nothing runs yet', async () => {
    const host = new TestHost();
    const log = createLogger({ level: 'info', format: 'text', write: () => {}, color: false });
    const uncaught = followUncaught(host, log, () => {});
    const reasons: string[] = [];
    uncaught.stopWith((reason) => reasons.push(reason), 60_000);
    host.fail(failure);
    host.fail(failure);
    expect([reasons.length, host.exits]).toEqual([1, []]);
    host.fail('another');
    expect([reasons.length, host.exits]).toEqual([1, [1]]);
    uncaught.unfollow();
    followUncaught(host, log, () => {});
    host.fail(failure);
    expect(host.exits).toEqual([1, 1]);
  });

  it('ends the process when the stop does not end', async () => {
    const host = new TestHost();
    const log = createLogger({ level: 'info', format: 'text', write: () => {}, color: false });
    followUncaught(host, log, () => {}).stopWith(() => {}, 1);
    host.fail(failure);
    await eventually(() => host.exits.length > 0);
    expect(host.exits).toEqual([1]);
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
