import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../engine/kit.ts';
import { describeWithPubSub } from '../../services/pubsub.ts';
import { World } from './world.ts';

let world: World;
afterEach(() => world.close());

// Each waits for the least time that a request is given.
const SOON = { timeout: 15_000 };
const TEST_MS = 40_000;
const warned = (pattern: RegExp) =>
  world.log.lines.some(({ level, sentence }) => level === 'warn' && pattern.test(sentence));

describeWithPubSub('a server that takes requests and says nothing', () => {
  it(
    'is told at the start, and asked again',
    async () => {
      world = await World.start();
      await world.publish('one');
      world.proxy.fault = () => 'hang';
      const seen: unknown[] = [];
      const running = world.run({ act: ({ data }) => void seen.push(data) });
      await expect.poll(() => warned(/^cannot look at .*did not answer in time/), SOON).toBe(true);
      expect(world.pipeline?.health()).toMatchObject({ ready: false });
      world.proxy.fault = undefined;
      await eventually(() => seen.length === 1);
      world.stop();
      expect((await running).end.exitCode).toBe(0);
    },
    TEST_MS,
  );

  it(
    'is told while nothing but waiting for messages is done, and is not taken for idleness',
    async () => {
      world = await World.start();
      const running = world.run({ limits: { idleTimeoutMs: 3_000 } });
      await eventually(() => world.called('pull').length >= 2);
      world.proxy.fault = () => 'hang';
      await expect.poll(() => warned(/^cannot pull from .*did not answer in time/), SOON).toBe(true);
      expect(world.pipeline?.health()).toMatchObject({ state: 'outage', ready: false });
      world.proxy.fault = undefined;
      const { end } = await running;
      expect(end.reason).toMatch(/^idle/);
      expect(world.said(/^can pull from .* again/)).toBe(true);
    },
    TEST_MS,
  );

  it(
    'is told until caught up',
    async () => {
      world = await World.start();
      world.proxy.fault = ({ method }) => (method === 'pull' ? 'hang' : undefined);
      const running = world.run({ limits: { untilCaughtUp: true } });
      await expect.poll(() => warned(/^cannot pull from .*did not answer in time/), SOON).toBe(true);
      world.proxy.fault = undefined;
      expect((await running).end.exitCode).toBe(0);
    },
    TEST_MS,
  );
});
