import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { entityChange } from '../fakes/poll-api/events.mjs';
import { startPollApi } from '../fakes/poll-api/server.mjs';
import { kafkaRuns } from './kafka-runs.ts';
import { evrun, ROOT, receiver, start, workFolder } from './kit.ts';
import { pubsubRuns } from './pubsub-runs.ts';
import { sqsRuns } from './sqs-runs.ts';

/** Every recipe of recipes/ and the test that runs it. `npm run build` must have been run. */
const runs: Record<string, () => Promise<void>> = {
  'quickstart.yml': quickstart,
  'pii-tags-to-webhook.yml': piiTagsToWebhook,
  'datahub-to-file.yml': datahubToFile,
  'follow-log.yml': followLog,
  'stdin-to-stdout.yml': stdinToStdout,
  'load-test.yml': loadTest,
  'cloudevents-to-http.yml': cloudeventsToHttp,
  'own-modules.yml': ownModules,
  'exec-worker.yml': execWorker,
  'several.yml': several,
  'strict-job.yml': strictJob,
  'flyte-captured.yml': flyteCaptured,
};

describe('recipes/', () => {
  for (const [name, run] of Object.entries(runs)) it(`${name} does what its comments say`, run);

  it('holds no recipe that is not run', () => {
    const files = readdirSync(join(ROOT, 'recipes')).filter((name) => /\.(ya?ml|json)$/.test(name));
    const known = [runs, kafkaRuns, pubsubRuns, sqsRuns].flatMap((each) => Object.keys(each));
    expect(files.sort()).toEqual(known.sort());
  });
});

const linesOf = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n');
const jsonLines = (path: string) => linesOf(path).map((line) => JSON.parse(line));

async function quickstart() {
  const cwd = workFolder();
  const first = await evrun(['recipes/quickstart.yml'], { cwd });
  expect(first.code, first.err).toBe(0);
  expect(first.out.trimEnd().split('\n')).toHaveLength(11);
  expect(first.out).toContain(
    'Gesundheitsdaten-geschützt on klinik.stammdaten.patienten_übersicht, by jürgen.müller',
  );
  expect(first.err).toContain('11 acted, 28 dropped, 1 dead');
  expect(first.err).toContain('dead letters: logs/quickstart/failed_events.log');
  const [letter] = jsonLines(join(cwd, 'logs/quickstart/failed_events.log'));
  expect(letter.event.modifier).toBe('PII');
  expect(letter.evrun).toMatchObject({ step: 'transform[0] validate', error: { code: 'EVR_TRANSFORM' } });

  const second = await evrun(['recipes/quickstart.yml'], { cwd });
  expect(second).toMatchObject({ code: 0, out: '' });

  const anew = await evrun(['recipes/quickstart.yml', '--reset-offsets'], { cwd });
  expect(anew.out).toBe(first.out);
}

async function piiTagsToWebhook() {
  const cwd = workFolder();
  const api = await startPollApi({ token: 'secret-token' });
  onTestFinished(() => api.close());
  const webhook = await receiver();
  const tags = ['PII', 'Tier1', 'Sensitive'].map((tag, n) =>
    entityChange(n, { modifier: `urn:li:tag:${tag}` }),
  );
  api.put('PlatformEvent_v1', tags);
  const env = { DATAHUB_URL: api.url, DATAHUB_TOKEN: 'secret-token', WEBHOOK_URL: webhook.url };
  const run = await evrun(['recipes/pii-tags-to-webhook.yml', '--until-caught-up'], { cwd, env });
  expect(run.code, run.err).toBe(0);
  expect(webhook.received.map(({ body }) => JSON.parse(body).text.split(' ')[0]).sort()).toEqual([
    'urn:li:tag:PII',
    'urn:li:tag:Sensitive',
  ]);
  expect(webhook.received[0]?.headers['content-type']).toContain('application/json');
}

async function datahubToFile() {
  const cwd = workFolder();
  const api = await startPollApi();
  onTestFinished(() => api.close());
  api.put('PlatformEvent_v1', [entityChange(0), entityChange(1)]);
  const log = (aspectName: string) => ({
    entityType: 'dataset',
    entityUrn: { string: 'urn:li:dataset:x' },
    changeType: 'UPSERT',
    aspectName: { string: aspectName },
  });
  api.put(
    'MetadataChangeLog_Versioned_v1',
    [log('ownership'), log('status')].map((event) => JSON.stringify(event)),
  );
  const env = { DATAHUB_URL: api.url, DATAHUB_TOKEN: 't' };
  const run = await evrun(['recipes/datahub-to-file.yml', '--until-caught-up'], { cwd, env });
  expect(run.code, run.err).toBe(0);
  const events = jsonLines(join(cwd, 'out/datahub.ndjson'));
  expect(events.map(({ type }) => type).sort()).toEqual([
    'EntityChangeEvent_v1',
    'EntityChangeEvent_v1',
    'MetadataChangeLogEvent_v1',
  ]);
  expect(events.every(({ specversion, id, source }) => specversion === '1.0' && id && source)).toBe(true);
}

async function followLog() {
  const cwd = workFolder();
  const [log, desk] = [join(cwd, 'app.log'), join(cwd, 'desk.txt')];
  writeFileSync(log, '09:00 ERROR of yesterday\n');
  const env = { LOG_FILE: log, DESK: desk };
  const running = start(['recipes/follow-log.yml'], { cwd, env });
  await running.saw('is running');
  appendFileSync(
    log,
    '10:00 INFO fine\n10:01 ERROR disk; rm -rf $HOME\n10:02 ERROR disk; rm -rf $HOME\n10:03 ERROR fan\n',
  );
  await expect.poll(() => existsSync(desk) && linesOf(desk).length, { timeout: 20_000 }).toBe(2);
  running.stop();
  expect((await running.ended).code).toBe(0);
  expect(linesOf(desk)).toEqual(['attempt 1: 10:01 ERROR disk; rm -rf $HOME', 'attempt 1: 10:03 ERROR fan']);
}

async function stdinToStdout() {
  const cwd = workFolder();
  const orders = [{ customer: 'Zoë', amount: 250 }, { customer: 'Bea', amount: 3 }, { note: 'no amount' }];
  const input = orders.map((order) => JSON.stringify(order)).join('\n');
  const run = await evrun(['recipes/stdin-to-stdout.yml'], { cwd, input });
  expect(run.code, run.err).toBe(0);
  const [event, ...others] = run.out.trimEnd().split('\n');
  expect(others).toEqual([]);
  expect(JSON.parse(event as string)).toMatchObject({
    specversion: '1.0',
    type: 'order',
    data: { customer: 'Zoë', checked: true, label: 'Zoë (250)' },
  });
}

async function loadTest() {
  const cwd = workFolder();
  for (let n = 0; n < 2; n += 1) {
    const run = await evrun(['recipes/load-test.yml'], { cwd, env: { COUNT: '5000' } });
    expect(run.code, run.err).toBe(0);
    expect(run.err).toContain('5,000 acted, 0 dropped, 0 dead');
  }
}

async function cloudeventsToHttp() {
  const cwd = workFolder();
  const endpoint = await receiver();
  const env = { ENDPOINT: endpoint.url };
  const run = await evrun(['recipes/cloudevents-to-http.yml'], { cwd, env });
  expect(run.code, run.err).toBe(0);
  const sent = endpoint.received.map(({ body }) => JSON.parse(body));
  expect(sent.map(({ id }) => id).sort()).toEqual(
    jsonLines(join(ROOT, 'recipes/data/orders.ndjson'))
      .map(({ id }) => id)
      .sort(),
  );
  const ofFirstCustomer = sent
    .filter(({ partitionkey }) => partitionkey === 'customer-0')
    .map(({ id }) => id);
  expect(ofFirstCustomer).toEqual(['A-1001', 'A-1004', 'A-1007', 'A-1010']);
  expect(sent.some(({ data }) => /Zoë|Łukasz|Bea/.test(data.customer))).toBe(false);
  expect(new Set(endpoint.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(10);
}

async function ownModules() {
  const run = await evrun(['recipes/own-modules.yml'], { cwd: workFolder() });
  expect(run.code, run.err).toBe(0);
  expect(run.out).toContain('New owner\njonas.weber (Payments)\n');
  expect(run.out).toContain('New owner\npeople-ops (HR)\n');
}

async function execWorker() {
  const run = await evrun(['recipes/exec-worker.yml'], { cwd: workFolder() });
  expect(run.code, run.err).toBe(0);
  expect(run.err).toContain('25 acted');
}

async function several() {
  const both = workFolder();
  const run = await evrun(['recipes/several.yml'], { cwd: both });
  expect(run.code, run.err).toBe(0);
  expect(jsonLines(join(both, 'out/tags.ndjson'))).toHaveLength(14);
  expect(jsonLines(join(both, 'out/owners.ndjson')).map(({ category }) => category)).toEqual(
    Array(3).fill('OWNER'),
  );

  const one = workFolder();
  await evrun(['recipes/several.yml'], { cwd: one, env: { WITH_OWNERS: 'no' } });
  expect(readdirSync(join(one, 'out'))).toEqual(['tags.ndjson']);
}

async function strictJob() {
  const cwd = workFolder();
  const events = join(cwd, 'events.ndjson');
  const text = readFileSync(join(ROOT, 'recipes/data/datahub-events.ndjson'), 'utf8');
  writeFileSync(events, text);
  const env = { EVENTS: events };
  for (let n = 0; n < 2; n += 1) {
    const run = await evrun(['recipes/strict-job.yml'], { cwd, env });
    expect(run.code, run.err).toBe(3);
    expect(jsonLines(join(cwd, 'out/strict-job.ndjson'))).toHaveLength(6);
  }
  const [letter] = jsonLines(join(cwd, 'logs/strict-job/failed_events.log'));
  expect(letter.evrun.committed).toBe(false);

  writeFileSync(events, text.replace('"modifier":"PII","', '"modifier":"urn:li:tag:X","'));
  const mended = await evrun(['recipes/strict-job.yml'], { cwd, env });
  expect(mended.code, mended.err).toBe(0);
  expect(jsonLines(join(cwd, 'out/strict-job.ndjson'))).toHaveLength(12);
}

async function flyteCaptured() {
  const run = await evrun(['recipes/flyte-captured.yml'], { cwd: workFolder() });
  expect(run.code, run.err).toBe(0);
  expect(run.out.split('\n').map((line) => line.trim())).toEqual([
    'workflow of f5a1b2c3: SUCCEEDED',
    'workflow of f5a1b2c4: FAILED USER:Boom',
    'workflow of f5a1b2c5: ABORTED',
    'node of f5a1b2c3: SUCCEEDED',
    'node of f5a1b2c3: SUCCEEDED',
    'task of f5a1b2c3: SUCCEEDED',
    '',
  ]);
  expect(run.err).toContain('6 acted, 14 dropped, 0 dead');
}
