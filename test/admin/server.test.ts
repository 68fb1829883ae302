import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type AdminServer, type AdminSettings, startAdmin } from '../../src/admin/server.ts';
import { systemClock } from '../../src/contract/clock.ts';
import type { StepStats } from '../../src/contract/stats.ts';
import { emptyStats, viewOf } from './view.ts';

let server: AdminServer | undefined;

async function start(settings: Partial<AdminSettings> = {}): Promise<string> {
  server = await startAdmin({
    address: { host: '127.0.0.1', port: 0 },
    version: '1.2.3',
    clock: systemClock,
    pipelines: [viewOf()],
    ...settings,
  });
  return server.url;
}

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('/healthz and /readyz', () => {
  it('says that the process lives, whatever the pipelines do', async () => {
    const url = await start({
      pipelines: [viewOf({ health: { state: 'outage', ready: false, reason: 'cannot poll' } })],
    });
    const reply = await fetch(`${url}/healthz`);
    expect([reply.status, await reply.json()]).toEqual([200, { status: 'ok', version: '1.2.3' }]);
  });

  it('is ready when every pipeline is', async () => {
    const reply = await fetch(`${await start({ pipelines: [viewOf(), viewOf({ name: 'b' })] })}/readyz`);
    expect(reply.status).toBe(200);
    expect(await reply.json()).toEqual({
      ready: true,
      pipelines: { tags: { ready: true, state: 'running' }, b: { ready: true, state: 'running' } },
    });
  });

  it('names the pipeline that is not ready, and why', async () => {
    const stalled = viewOf({ name: 'b', health: { state: 'outage', ready: false, reason: 'cannot poll x' } });
    const reply = await fetch(`${await start({ pipelines: [viewOf(), stalled] })}/readyz`);
    expect(reply.status).toBe(503);
    expect(await reply.json()).toMatchObject({
      ready: false,
      pipelines: { b: { ready: false, state: 'outage', reason: 'cannot poll x' } },
    });
  });

  it('stays ready when a pipeline has ended as asked, and not when one has failed', async () => {
    const done = viewOf({ name: 'done', end: { exitCode: 0, reason: 'end of source' } });
    const failed = viewOf({ name: 'failed', end: { exitCode: 5, reason: 'unreachable' } });
    expect((await fetch(`${await start({ pipelines: [viewOf(), done] })}/readyz`)).status).toBe(200);
    await server?.close();
    expect((await fetch(`${await start({ pipelines: [done, failed] })}/readyz`)).status).toBe(503);
  });
});

describe('/metrics', () => {
  const step: StepStats = {
    label: 'action http',
    processed: 7,
    dropped: 0,
    failed: 1,
    latency: { counts: [1, 2, ...Array(13).fill(7)], sum: 0.25, count: 7 },
  };

  it('shows the counters as they are at the moment of the scrape', async () => {
    const stats = emptyStats({ acted: 6, dead: 1, steps: [step], ignored: new Map([['other "x"\n', 3]]) });
    const url = await start({
      pipelines: [
        viewOf({
          stats,
          restarts: 2,
          lag: async () => ({ events: 40, bytes: 4000, partitions: { 'orders-0': 40 } }),
        }),
      ],
    });
    const first = await (await fetch(`${url}/metrics`)).text();
    expect(first).toContain('# TYPE evrun_events_total counter');
    expect(first).toContain('evrun_events_total{pipeline="tags",outcome="acted"} 6');
    expect(first).toContain('evrun_ignored_events_total{pipeline="tags",reason="other \\"x\\"\\n"} 3');
    expect(first).toContain('evrun_dead_letters_total{pipeline="tags"} 1');
    expect(first).toContain('evrun_restarts_total{pipeline="tags"} 2');
    expect(first).toContain('evrun_lag_events{pipeline="tags"} 40');
    expect(first).toContain('evrun_partition_lag_events{pipeline="tags",partition="orders-0"} 40');
    expect(first).toContain('evrun_step_events_total{pipeline="tags",step="action http"} 7');
    expect(first).toContain('# TYPE evrun_step_duration_seconds histogram');
    expect(first).toContain(
      'evrun_step_duration_seconds_bucket{pipeline="tags",step="action http",le="0.0025"} 2',
    );
    expect(first).toContain(
      'evrun_step_duration_seconds_bucket{pipeline="tags",step="action http",le="+Inf"} 7',
    );
    expect(first).toContain('evrun_step_duration_seconds_sum{pipeline="tags",step="action http"} 0.25');
    stats.acted = 100;
    const second = await (await fetch(`${url}/metrics`)).text();
    expect(second).toContain('evrun_events_total{pipeline="tags",outcome="acted"} 100');
  });

  it('leaves out what is not known instead of inventing a zero', async () => {
    const text = await (await fetch(`${await start()}/metrics`)).text();
    for (const name of ['evrun_last_event_age_seconds', 'evrun_commit_age_seconds', 'evrun_lag_events']) {
      expect(text).toContain(`# TYPE ${name} gauge`);
      expect(text).not.toContain(`${name}{`);
    }
  });

  it('counts ages from the clock, never below zero', async () => {
    const now = Date.now();
    const stats = emptyStats({ lastEventAt: now - 60_000, lastCommitAt: now + 60_000 });
    const text = await (await fetch(`${await start({ pipelines: [viewOf({ stats })] })}/metrics`)).text();
    expect(Number(/evrun_last_event_age_seconds\{.*\} ([\d.]+)/.exec(text)?.[1])).toBeGreaterThanOrEqual(60);
    expect(text).toContain('evrun_commit_age_seconds{pipeline="tags"} 0');
  });

  // Proven: without the race in metrics.ts this scrape never answers.
  it('answers although a source never tells its lag, or fails to', async () => {
    const clock = { ...systemClock, sleep: () => Promise.resolve() };
    const silent = viewOf({ lag: () => new Promise(() => {}) });
    const failing = viewOf({ name: 'b', lag: () => Promise.reject(new Error('no')) });
    const reply = await fetch(`${await start({ clock, pipelines: [silent, failing] })}/metrics`);
    expect(reply.status).toBe(200);
    expect(await reply.text()).toContain('evrun_pipeline_ready{pipeline="b"} 1');
  });

  it('serves scrapes that overlap', async () => {
    const url = await start({ pipelines: [viewOf({ stats: emptyStats({ acted: 3 }) })] });
    const texts = await Promise.all([1, 2, 3, 4].map(async () => (await fetch(`${url}/metrics`)).text()));
    for (const text of texts) expect(text.match(/outcome="acted"} 3$/gm)).toHaveLength(1);
  });
});

describe('who may ask, and what', () => {
  // Proven: with `allowed` answering true, the first two are 200.
  it('asks for the token everywhere but at /healthz', async () => {
    const url = await start({ token: 'open sesame' });
    const status = async (path: string, authorization?: string) =>
      (await fetch(url + path, authorization === undefined ? {} : { headers: { authorization } })).status;
    expect(await status('/metrics')).toBe(401);
    expect(await status('/readyz', 'Bearer open')).toBe(401);
    expect(await status('/readyz', 'Basic open sesame')).toBe(401);
    expect(await status('/readyz', 'Bearer open sesame')).toBe(200);
    expect(await status('/metrics', 'bearer open sesame')).toBe(200);
    expect(await status('/healthz')).toBe(200);
  });

  it('answers 404 for other paths and 405 for other methods', async () => {
    const url = await start();
    expect((await fetch(`${url}/`)).status).toBe(404);
    expect((await fetch(`${url}/metrics/../x`)).status).toBe(404);
    const post = await fetch(`${url}/healthz`, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const head = await fetch(`${url}/readyz`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('refuses headers without end', async () => {
    const url = new URL(await start());
    const reply = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(url.port), url.hostname, () => {
        socket.write(`GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`);
      });
      let text = '';
      socket.on('data', (bytes) => {
        text += bytes;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
    });
    expect(reply).toMatch(/^HTTP\/1.1 431/);
  });

  it('says what to do when the port is taken', async () => {
    const url = new URL(await start());
    const again = startAdmin({
      address: { host: '127.0.0.1', port: Number(url.port) },
      version: '1',
      clock: systemClock,
      pipelines: [],
    });
    await expect(again).rejects.toMatchObject({
      code: 'EVR_USAGE',
      message: `--admin: cannot listen on 127.0.0.1:${url.port}: another program listens there. Choose another port, or 0 for any free one.`,
    });
  });

  it('closes although a client keeps its connection open', async () => {
    const url = new URL(await start());
    const socket = connect(Number(url.port), url.hostname);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => socket.once('connect', resolve));
    await server?.close();
    await closed;
  });
});
