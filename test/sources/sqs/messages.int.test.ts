import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/contract/clock.ts';
import { compileTemplate } from '../../../src/support/expressions/template.ts';
import { eventually, Fact } from '../../engine/kit.ts';
import type { TestQueue } from '../../services/sqs-world.ts';
import { benchWithPolicy, nOf, numbered, SqsBench } from './kit.ts';

const GONE = { visible: 0, hidden: 0 };

describe('messages of SQS', () => {
  let bench: SqsBench;
  afterEach(() => bench.stop());

  const emptied = () => bench.queue.count();

  async function startWithPolicy(maxReceiveCount: number): Promise<TestQueue> {
    let dead: TestQueue | undefined;
    ({ bench, dead } = await benchWithPolicy(maxReceiveCount));
    return dead;
  }

  it('are deleted once they were acted on, and none is left', async () => {
    bench = await SqsBench.start();
    await bench.queue.send(numbered(137));
    const seen = new Set<number>();
    const { end, stats } = bench.run((event) => void seen.add(nOf(event)), {
      limits: { untilCaughtUp: true },
    });
    expect((await end).exitCode).toBe(0);
    expect(seen.size).toBe(137);
    expect(stats.acted).toBe(137);
    expect(await emptied()).toEqual(GONE);
  });

  it('carry what SQS knows of them: attributes as headers, bytes as bytes', async () => {
    bench = await SqsBench.start();
    const bytes = Uint8Array.from([0, 1, 254, 255]);
    await bench.queue.send(['{"n":1}'], () => ({
      MessageAttributes: {
        word: { DataType: 'String', StringValue: 'grün' },
        number: { DataType: 'Number', StringValue: '12.50' },
        bytes: { DataType: 'Binary', BinaryValue: bytes },
      },
    }));
    const got = new Fact<{ headers: unknown; meta: unknown }>();
    bench.run((event) => {
      const { record } = (event as never as { origin: { record: { headers: unknown } } }).origin;
      got.happen({ headers: record.headers, meta: event.meta });
    });
    const { headers, meta } = await got.happened;
    expect({ ...(headers as object) }).toEqual({ word: 'grün', number: '12.50', bytes: Buffer.from(bytes) });
    expect(meta).toMatchObject({
      sqs: {
        queue: 'q',
        receive_count: 1,
        message_id: expect.any(String),
        sent_at: expect.stringMatching(/Z$/),
        attributes: { word: 'grün', number: '12.50', bytes: 'AAH+/w==' },
      },
    });
  });

  it('have attributes that filters and templates can use, whether or not a message has them', async () => {
    bench = await SqsBench.start();
    await bench.queue.send(numbered(2), (_, i) => ({
      MessageAttributes: i === 0 ? { tenant: { DataType: 'String', StringValue: 'acme' } } : undefined,
    }));
    const text = compileTemplate('${{ event.meta.sqs.attributes.?tenant.orValue("nobody") }}');
    const knows = compileTemplate('${{ has(event.meta.sqs.attributes.tenant) }}');
    const tenants: Record<number, string> = {};
    const { stats } = bench.run((event) => {
      tenants[nOf(event)] = `${text(event)} ${knows(event)}`;
    });
    await eventually(() => stats.acted + stats.dead === 2);
    expect(tenants).toEqual({ 0: 'acme true', 1: 'nobody false' });
  });

  it('may have 1 MiB', async () => {
    bench = await SqsBench.start();
    const body = JSON.stringify({ n: 1, pad: 'é'.repeat(524_000) });
    expect(Buffer.byteLength(body)).toBeGreaterThan(1_048_000);
    await bench.queue.send([body]);
    const got = new Fact<number>();
    bench.run((event) => got.happen((event.data as { pad: string }).pad.length));
    expect(await got.happened).toBe(524_000);
  });

  // Guard: with `extend` made empty the action sees it twice.
  it('stay in the queue while there is enough to work on', async () => {
    bench = await SqsBench.start();
    await bench.queue.send(numbered(500));
    const free = new Fact();
    let begun = 0;
    const { pipeline, end } = bench.run(
      () => {
        begun += 1;
        // Slower than messages come.
        return begun <= 150 ? systemClock.sleep(5) : free.happened;
      },
      { config: { receivers: 4 }, options: { concurrency: 4 } },
    );
    const left = async () => {
      const { visible, hidden } = await bench.queue.count();
      return visible + hidden;
    };
    await expect.poll(left).toBe(350);
    // Four in work, eight behind them, the batch that they are of, and what each of the receivers may bring.
    expect((await bench.queue.count()).hidden).toBeLessThanOrEqual(4 + 8 + 10 + 40);
    pipeline.stop('enough');
    free.happen();
    await end;
  });

  it('stay hidden for as long as they are in work', async () => {
    bench = await SqsBench.start();
    await bench.queue.send(numbered(1));
    let runs = 0;
    const { stats } = bench.run(
      async () => {
        runs += 1;
        await new Promise((resolve) => setTimeout(resolve, 4_500));
      },
      { config: { visibility_timeout_seconds: 2 } },
    );
    await eventually(() => stats.acted === 1);
    expect(runs).toBe(1);
    const extended = bench.proxy.seen.filter(({ operation }) => operation === 'ChangeMessageVisibilityBatch');
    expect(extended.length).toBeGreaterThanOrEqual(2);
  });

  it('that failed go back for the backoff, and block nothing meanwhile', async () => {
    bench = await SqsBench.start();
    await bench.queue.send(numbered(30));
    const seen: number[] = [];
    const counts: number[] = [];
    const { stats } = bench.run(
      (event) => {
        if (nOf(event) === 3 && counts.length < 2) {
          counts.push((event.meta['sqs'] as { receive_count: number }).receive_count);
          throw new Error('not now');
        }
        seen.push(nOf(event));
      },
      { options: { retryCount: 5, retryBackoffMs: 400 } },
    );
    await eventually(() => stats.acted === 30);
    expect(counts).toEqual([1, 2]);
    expect(seen.at(-1)).toBe(3);
    expect(stats).toMatchObject({ returned: 2, dead: 0 });
  });

  it('that others gave back are not dead before an attempt here has failed', async () => {
    bench = await SqsBench.start();
    await bench.queue.send(numbered(2));
    for (let i = 0; i < 6; i += 1) {
      const messages = await bench.queue.receive();
      expect(messages).toHaveLength(2);
      await giveBack(messages.map(({ ReceiptHandle }) => ReceiptHandle as string));
    }
    const { stats } = bench.run(
      (event) => {
        if (nOf(event) === 1) throw new Error('always');
      },
      { options: { retryCount: 3 } },
    );
    await eventually(() => stats.acted + stats.dead === 2);
    expect(stats).toMatchObject({ acted: 1, dead: 1, returned: 0 });
    expect(bench.letters.letters[0]?.evrun.attempts).toHaveLength(1);
  });

  async function giveBack(handles: readonly string[]): Promise<void> {
    const { ChangeMessageVisibilityCommand } = await import('@aws-sdk/client-sqs');
    for (const ReceiptHandle of handles) {
      const command = { QueueUrl: bench.queue.url, ReceiptHandle, VisibilityTimeout: 0 };
      await bench.queue.client.send(new ChangeMessageVisibilityCommand(command));
    }
  }

  it('that failed for good are deleted only after their line is written', async () => {
    bench = await SqsBench.start();
    await bench.queue.send(['{"n":', '{"n":1}']);
    let atWriting: unknown;
    bench.letters.before = async () => {
      atWriting ??= await bench.queue.count();
    };
    const { stats } = bench.run(() => undefined);
    await eventually(() => stats.dead === 1 && stats.acted === 1);
    await eventually(
      () => bench.proxy.seen.filter(({ operation }) => operation === 'DeleteMessageBatch').length > 0,
    );
    expect(atWriting).toMatchObject({ hidden: expect.toSatisfy((hidden: number) => hidden >= 1) });
    while ((await emptied()).hidden > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await emptied()).toEqual(GONE);
  });

  it('that failed for good are left to the redrive policy where the recipe says so', async () => {
    const dead = await startWithPolicy(1);
    await bench.queue.send(numbered(1));
    const { stats } = bench.run(
      () => {
        throw new Error('always');
      },
      { config: { on_dead: 'leave', visibility_timeout_seconds: 2 }, options: { retryCount: 0 } },
    );
    await eventually(() => stats.dead === 1);
    while ((await dead.count()).visible === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(stats.dead).toBe(1);
    dead.close();
  });

  // Guard: without the memory of what was left, each time it comes again it is acted on and written down again.
  it('that were left are not acted on and written down again, as often as they come', async () => {
    const dead = await startWithPolicy(10);
    await bench.queue.send(numbered(1));
    let times = 0;
    bench.proxy.rewrite = ({ operation }, answer) => {
      if (operation === 'ReceiveMessage' && answer.body.includes('ReceiptHandle')) times += 1;
      return answer;
    };
    let attempts = 0;
    const { pipeline, end, stats } = bench.run(
      () => {
        attempts += 1;
        throw new Error('always');
      },
      { config: { on_dead: 'leave', visibility_timeout_seconds: 2 }, options: { retryCount: 0 } },
    );
    await eventually(() => times === 3);
    pipeline.stop('by a test');
    await end;
    expect(attempts).toBe(1);
    expect(bench.letters.letters).toHaveLength(1);
    expect(stats.dead).toBe(1);
    const { visible, hidden } = await bench.queue.count();
    expect(visible + hidden).toBe(1);
    dead.close();
  }, 30_000);

  it('that a dry run looked at are given back', async () => {
    bench = await SqsBench.start();
    await bench.queue.send(numbered(15));
    const { end } = bench.run(() => undefined, { limits: { dryRun: true, untilCaughtUp: true } });
    expect((await end).exitCode).toBe(0);
    expect(await emptied()).toEqual({ visible: 15, hidden: 0 });
  });
});
