import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/contract/clock.ts';
import { eventually } from '../../engine/kit.ts';
import { type Answer, refusal, type Seen } from '../../services/aws-proxy.ts';
import { createQueue } from '../../services/sqs-world.ts';
import { nOf, numbered, SqsBench } from './kit.ts';

/** How long an outage lasts: 30 s as promised, shorter in the ordinary run. */
const OUTAGE_MS = process.env['EVRUN_NIGHTLY'] === '1' ? 30_000 : 3_000;

describe('the source sqs, when the outside world is at fault', () => {
  let bench: SqsBench;
  afterEach(async () => {
    vi.unstubAllEnvs();
    await bench.stop();
  });

  /** Runs 60 messages through what `fault` does, and expects each to be acted on. */
  async function survives(fault: (seen: Seen) => Answer | 'drop' | undefined): Promise<void> {
    bench = await SqsBench.start();
    await bench.queue.send(numbered(60));
    bench.proxy.faults.push(fault);
    const seen = new Set<number>();
    const { end, stats } = bench.run((event) => void seen.add(nOf(event)), {
      limits: { untilCaughtUp: true },
    });
    expect((await end).exitCode).toBe(0);
    expect(seen.size).toBe(60);
    expect(stats.dead).toBe(0);
    expect(await bench.queue.count()).toEqual({ visible: 0, hidden: 0 });
  }

  it(`loses nothing in ${OUTAGE_MS / 1000} s of status 500`, async () => {
    let since: number | undefined;
    await survives(({ operation, at }) => {
      if (operation === 'DeleteMessageBatch') since ??= at;
      return since !== undefined && at - since < OUTAGE_MS ? { status: 500, body: '<html>' } : undefined;
    });
  }, 90_000);

  for (const code of ['RequestThrottled', 'ThrottlingException', 'OverLimit', 'KmsThrottled']) {
    it(`slows down for ${code} and goes on`, async () => {
      let times = 4;
      await survives(() => (times-- > 0 ? refusal(code) : undefined));
      expect(bench.warnings()[0]).toContain(code);
    });
  }

  it('survives connections that break in the middle of everything', async () => {
    let n = 0;
    await survives(() => (n++ % 4 === 3 ? 'drop' : undefined));
  }, 60_000);

  it('is told by SQS that some of a batch were not deleted, and deletes them again', async () => {
    let times = 3;
    await survives(({ operation, body }) => {
      if (operation !== 'DeleteMessageBatch' || times-- <= 0) return undefined;
      const { Entries } = JSON.parse(body) as { Entries: { Id: string }[] };
      const Failed = Entries.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }));
      return { status: 200, body: JSON.stringify({ Failed, Successful: [] }) };
    });
  });

  // Guard: without the sum, a busy queue has a line for every ten messages.
  it('tells that messages could not be deleted once, and at the end with the number of the rest', async () => {
    bench = await SqsBench.start();
    await bench.queue.send(numbered(60));
    bench.proxy.faults.push(({ operation, body }) => {
      if (operation !== 'DeleteMessageBatch') return undefined;
      const { Entries } = JSON.parse(body) as { Entries: { Id: string }[] };
      const Failed = Entries.map(({ Id }) => ({ Id, Code: 'ReceiptHandleIsInvalid', SenderFault: true }));
      return { status: 200, body: JSON.stringify({ Failed, Successful: [] }) };
    });
    const { end } = bench.run(() => undefined, { limits: { untilCaughtUp: true } });
    expect((await end).exitCode).toBe(0);
    const told = bench.log.lines.filter(({ sentence }) => sentence.includes('could not be deleted'));
    expect(told.map(({ sentence }) => sentence)).toEqual([
      'messages could not be deleted and may come again: ReceiptHandleIsInvalid',
      'messages could not be deleted and may come again: ReceiptHandleIsInvalid',
    ]);
    expect(told.reduce((sum, { fields }) => sum + Number(fields?.['messages']), 0)).toBe(60);
  });

  it('corrects a clock that differs by hours', async () => {
    let refused = 0;
    const ahead = 5 * 3_600_000;
    await survives(({ headers }) => {
      const date = String(headers['x-amz-date']);
      const time = Date.parse(
        date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
      );
      const now = Date.now() + ahead;
      if (Math.abs(time - now) < 300_000) return undefined;
      refused += 1;
      const answer = refusal('InvalidSignatureException', `Signature expired: ${date} is now earlier`);
      return { ...answer, headers: { date: new Date(now).toUTCString() } };
    });
    expect(refused).toBe(1);
  });

  it('looks keys up again that have expired', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'evrun-aws-'));
    const file = join(dir, 'credentials');
    const keys = (id: string) =>
      `[default]\naws_access_key_id = ${id}\naws_secret_access_key = s${id}secret\n`;
    await writeFile(file, keys('OLD'));
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    bench = await SqsBench.start();
    const expired = new Set<string>();
    bench.proxy.faults.push(({ headers }) => {
      const id = /Credential=([^/]*)/.exec(String(headers.authorization))?.[1] ?? '';
      return expired.has(id)
        ? refusal('ExpiredToken', 'The security token included in the request is expired', 403)
        : undefined;
    });
    const { stats, end, pipeline } = bench.run(() => undefined, {
      config: { access_key_id: undefined, secret_access_key: undefined },
    });
    await bench.queue.send(numbered(1));
    await eventually(() => stats.acted === 1);
    expired.add('OLD');
    await eventually(() => pipeline.health().ready === false);
    await writeFile(file, keys('NEW'));
    await bench.queue.send(numbered(1, 1));
    await eventually(() => stats.acted === 2);
    pipeline.stop('by a test');
    expect((await end).exitCode).toBe(0);
    await rm(dir, { recursive: true });
  });

  const REFUSALS: [what: string, answer: Answer, sentence: RegExp][] = [
    [
      'expired keys that stand in the recipe',
      refusal('ExpiredToken', '', 403),
      /keys of the recipe have expired/,
    ],
    [
      'an unknown access key',
      refusal('InvalidClientTokenId', '', 403),
      /does not know the access key of the recipe/,
    ],
    ['a wrong secret', refusal('SignatureDoesNotMatch', '', 403), /secret of the recipe does not fit/],
    ['a missing right', refusal('AccessDeniedException', '', 400), /need sqs:ReceiveMessage/],
    [
      'a wrong region',
      refusal('InvalidSignatureException', "Credential should be scoped to a valid region, not 'us-east-1'."),
      /does not serve the region us-east-1/,
    ],
    [
      'a queue that does not exist',
      refusal('QueueDoesNotExist'),
      /queue .*\/q does not exist in the region us-east-1/,
    ],
  ];
  for (const [what, answer, sentence] of REFUSALS) {
    it(`ends with exit code 5 for ${what}, and says so`, async () => {
      bench = await SqsBench.start();
      bench.proxy.faults.push(() => answer);
      const { end } = bench.run(() => undefined);
      const { exitCode, reason } = await end;
      expect(exitCode).toBe(5);
      expect(reason).toMatch(sentence);
      expect(reason).not.toContain('test-secret');
    });
  }

  it('waits for a queue that is deleted during the run and made again', async () => {
    bench = await SqsBench.start();
    await bench.queue.send(numbered(3));
    const seen = new Set<number>();
    const { stats, pipeline } = bench.run((event) => void seen.add(nOf(event)));
    await eventually(() => stats.acted === 3);
    await bench.queue.delete();
    await eventually(() => pipeline.health().ready === false);
    const again = await createQueue(bench.server, 'q');
    await again.send(numbered(3, 3));
    await eventually(() => seen.size === 6);
    again.close();
  });

  // Guard: without the end of patience the pipeline waits for ever for a queue that nobody makes again.
  it('ends with exit code 5 when a deleted queue is still gone after a minute and a half', async () => {
    bench = await SqsBench.start();
    await bench.queue.send(numbered(3));
    let ahead = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + ahead };
    const { stats, end, pipeline } = bench.run(() => undefined, { context: { clock } });
    await eventually(() => stats.acted === 3);
    await bench.queue.delete();
    await eventually(() => pipeline.health().ready === false);
    ahead = 89_000 - 5_000;
    const { length } = bench.proxy.seen;
    await eventually(() => bench.proxy.seen.length > length + 1);
    expect(pipeline.health().state).toBe('outage');
    ahead = 90_000;
    const { exitCode, reason } = await end;
    expect(exitCode).toBe(5);
    expect(reason).toMatch(/queue .*\/q does not exist in the region us-east-1/);
  });

  it('reads a redirection as an outage, and says where it leads', async () => {
    let times = 2;
    const headers = { location: 'https://login.example/page?token=abc' };
    await survives(() => (times-- > 0 ? { status: 302, headers, body: '' } : undefined));
    expect(bench.warnings()[0]).toMatch(/redirects to https:\/\/login\.example\/page, which AWS does not/);
    expect(bench.warnings().join()).not.toContain('abc');
  });

  it('reads an answer that is no JSON as an outage', async () => {
    let times = 2;
    await survives(() => (times-- > 0 ? { status: 200, body: '<html>hello</html>' } : undefined));
  });
});
