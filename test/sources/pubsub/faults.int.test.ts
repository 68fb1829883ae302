import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../engine/kit.ts';
import { describeWithPubSub } from '../../services/pubsub.ts';
import type { Fault } from '../../services/pubsub-proxy.ts';
import { World } from './world.ts';

let world: World;
afterEach(() => world.close());

const only =
  (wanted: string, answer: Fault): Fault =>
  (call) =>
    call.method === wanted ? answer(call) : undefined;

/** Runs until everything was acted on; what was acted on, sorted. */
async function runAll(count: number, setup: Parameters<World['run']>[0] = {}) {
  const seen: string[] = [];
  const running = world.run({ act: ({ data }) => void seen.push(data as string), ...setup });
  let ended = false;
  void running.then(() => {
    ended = true;
  });
  await eventually(() => ended || seen.length >= count);
  world.stop();
  return { ...(await running), seen: seen.sort() };
}

describeWithPubSub('trouble that passes', () => {
  it.each([
    ['500', { status: 500 }],
    ['429 with Retry-After', { status: 429, headers: { 'retry-after': '1' } }],
    ['an exhausted quota', { status: 403, body: { error: { code: 403, status: 'RESOURCE_EXHAUSTED' } } }],
    ['an answer that is no pull', { status: 200, body: { receivedMessages: 'many' } }],
    ['a message without an ackId', { status: 200, body: { receivedMessages: [{ message: {} }] } }],
  ])('%s: is told, waited out, and loses nothing', async (_, answer) => {
    world = await World.start();
    await world.publish('one', 'two');
    let left = 2;
    world.proxy.fault = only('pull', () => {
      left -= 1;
      return left >= 0 ? answer : undefined;
    });
    const { seen } = await runAll(2);
    expect(seen).toEqual(['one', 'two']);
    expect(world.log.lines.filter(({ level }) => level === 'warn')[0]?.sentence).toMatch(/^cannot pull from/);
  });

  it('refused tokens are asked for anew, once, and the request is repeated', async () => {
    world = await World.start();
    await world.publish('one');
    let tokens = 0;
    const { PubSubClient } = await import('../../../src/support/google/pubsub-client.ts');
    const { systemClock } = await import('../../../src/contract/clock.ts');
    const client = await PubSubClient.open({
      endpoint: world.proxy.url,
      connections: 1,
      clock: systemClock,
      env: {},
      code: 'EVR_SOURCE',
      credentials: {
        token: async () => `token-${tokens}`,
        forget: () => {
          tokens += 1;
        },
        project: async () => undefined,
      },
    });
    const call = { method: 'GET', path: world.subscription, doing: 'show it', permission: 'p' } as const;
    world.proxy.fault = ({ authorization }) =>
      authorization === 'Bearer token-1' ? undefined : { status: 401 };
    expect(JSON.parse((await client.call(call)).toString()).name).toBe(world.subscription);
    world.proxy.fault = () => ({ status: 401 });
    await expect(client.call(call)).rejects.toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
    expect(tokens).toBe(2);
    await client.close();
  });

  it('an answer too large to be taken is asked for in smaller portions', async () => {
    world = await World.start();
    await world.publish('one', 'two', 'three');
    const asked: number[] = [];
    const huge = { receivedMessages: [], padding: 'x'.repeat(70 * 1024 * 1024) };
    world.proxy.fault = only('pull', ({ body }) => {
      if (body['returnImmediately'] === true) return { status: 200 };
      asked.push(body['maxMessages'] as number);
      return asked.length === 1 ? { status: 200, body: huge } : undefined;
    });
    const { seen } = await runAll(3);
    expect(seen).toEqual(['one', 'three', 'two']);
    expect(asked[1]).toBeLessThan(asked[0] as number);
  });
});

describeWithPubSub('a look at the subscription that is answered with no JSON', () => {
  it('is an outage, and not taken for a missing permission', async () => {
    world = await World.start();
    await world.publish('one');
    let left = 1;
    world.proxy.fault = only('', () => {
      left -= 1;
      return left >= 0 ? { status: 200, body: '<html>Sign in</html>' } : undefined;
    });
    expect((await runAll(1)).seen).toEqual(['one']);
    expect(world.log.lines.filter(({ level }) => level === 'warn')[0]?.sentence).toMatch(
      /^cannot look at .* that is not JSON. Is it Pub\/Sub, or a proxy in front of it\? Trying again/,
    );
    expect(world.said(/may not look at/)).toBe(false);
  });
});

describeWithPubSub('trouble that stays', () => {
  it('a subscription that does not exist ends it with exit 5, saying what to compare', async () => {
    world = await World.start();
    const { end } = await world.run({ config: { subscription: 'projects/evrun-test/subscriptions/none' } });
    expect(end.exitCode).toBe(5);
    expect(end.reason).toMatch(/projects\/evrun-test\/subscriptions\/none.*404.*project and name/);
  });

  it('a wrong project likewise', async () => {
    world = await World.start();
    const { end } = await world.run({ config: { subscription: world.name, project: 'other-project' } });
    expect(end.exitCode).toBe(5);
    expect(end.reason).toContain('projects/other-project/subscriptions');
  });

  it('a subscription that is deleted while it runs ends it, and is named', async () => {
    world = await World.start();
    const running = world.run();
    await eventually(() => world.proxy.calls.some(({ method }) => method === 'pull'));
    await world.emulator.call('DELETE', `subscriptions/${world.name}`);
    const { end } = await running;
    expect(end.exitCode).toBe(5);
    expect(end.reason).toMatch(/404.*it was deleted/);
  });

  it('a missing permission ends it, and is named', async () => {
    world = await World.start();
    world.proxy.fault = only('pull', () => ({
      status: 403,
      body: { error: { code: 403, message: 'User not authorized.', status: 'PERMISSION_DENIED' } },
    }));
    const { end } = await world.run();
    expect(end.exitCode).toBe(5);
    expect(end.reason).toMatch(/User not authorized\. The account needs .*pubsub\.subscriptions\.consume/);
  });

  it('that the subscription may not be looked at is no trouble', async () => {
    world = await World.start();
    await world.publish('one');
    world.proxy.fault = only('', () => ({ status: 403 }));
    expect((await runAll(1)).seen).toEqual(['one']);
    expect(world.said(/may not look at/)).toBe(true);
  });

  it('a push subscription, and `on_dead: leave` without a policy, are refused before anything is pulled', async () => {
    world = await World.start();
    const settings = { name: world.subscription, pushConfig: { pushEndpoint: 'https://example.org' } };
    world.proxy.fault = only('', () => ({ status: 200, body: settings }));
    const push = await world.run();
    expect(push.end).toMatchObject({ exitCode: 4, reason: expect.stringContaining('pull subscription') });
    world.proxy.fault = undefined;
    const leave = await world.run({ config: { on_dead: 'leave' } });
    expect(leave.end).toMatchObject({
      exitCode: 4,
      reason: expect.stringContaining('no dead letter policy'),
    });
    expect(world.called('pull')).toEqual([]);
  });
});

describeWithPubSub('a seek', () => {
  const since = {
    point: { at: 'time', time: Date.parse('2026-08-01T00:00:00Z') },
    ignoreStored: true,
  } as const;
  const answered: Fault = only('seek', () => ({ status: 200 }));
  const seeks = () =>
    world.proxy.calls.filter(({ method }) => method === 'seek').map(({ body }) => body['time']);

  it('goes to the time that was asked for, or to where everything that is retained begins', async () => {
    world = await World.start();
    world.proxy.fault = answered;
    await world.run({ ctx: { start: since }, limits: { untilCaughtUp: true } });
    const earliest = { point: { at: 'earliest' }, ignoreStored: true } as const;
    await world.run({ ctx: { start: earliest }, limits: { untilCaughtUp: true } });
    expect(seeks()).toEqual(['2026-08-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z']);
    expect(world.said(/for all of its consumers/)).toBe(true);
  });

  it('is not done where nobody asked, nor in a dry run', async () => {
    world = await World.start();
    world.proxy.fault = answered;
    await world.run({ limits: { untilCaughtUp: true } });
    await world.run({ ctx: { start: since }, limits: { untilCaughtUp: true, dryRun: true } });
    expect(seeks()).toEqual([]);
    expect(world.said(/a dry run does not seek/)).toBe(true);
  });

  it('to the latest skips what is there', async () => {
    world = await World.start();
    await world.publish('old');
    const latest = { point: { at: 'latest' }, ignoreStored: true } as const;
    const { stats } = await world.run({ ctx: { start: latest }, limits: { untilCaughtUp: true } });
    expect(stats.read).toBe(0);
    expect(await world.left()).toEqual([]);
  });

  it('that the server cannot do ends it: the emulator cannot go back', async () => {
    world = await World.start({ retainAckedMessages: true, enableMessageOrdering: true });
    const { end } = await world.run({ ctx: { start: since } });
    expect(end.exitCode).toBe(1);
    expect(end.reason).toMatch(/would not seek .*501/);
  });
});

describeWithPubSub('a dry run', () => {
  it('acknowledges nothing and gives everything back', async () => {
    world = await World.start();
    await world.publish('a', 'b');
    const shown: string[] = [];
    const { end } = await world.run({
      limits: { untilCaughtUp: true, dryRun: true },
      preview: (line) => void shown.push(line),
    });
    expect(end.exitCode).toBe(0);
    expect(shown).toHaveLength(2);
    expect(world.called('acknowledge')).toEqual([]);
    await expect.poll(() => world.left(), { timeout: 5_000 }).toHaveLength(2);
  });
});
