import { describe, expect, it } from 'vitest';
import type { ActionDefinition } from '../../src/contract/define.ts';
import { Envelope } from '../../src/contract/envelope.ts';
import type { Format } from '../../src/contract/format.ts';
import type { ActionHarness, ActionWorld } from '../../src/contract/harness.ts';
import type { PipelineParts, PipelinePlan } from '../../src/contract/pipeline.ts';
import { Pipeline } from '../../src/engine/pipeline.ts';
import { MemoryLetters, MemorySource, planFor, type Setup } from '../engine/kit.ts';
import { type Connector, checked, partContext, temporaryHome } from './parts.ts';

/** Events whose id is the line, each with a key of its own unless the line says `key=…`. */
const lineFormat: Format = {
  decode({ value }) {
    const line = String(value);
    const event = new Envelope('com.example.line', { line });
    event.id = line;
    event.source = '/suite';
    event.key = line.includes('=') ? line.slice(0, line.indexOf('=')) : line;
    return event;
  },
};

/** The promises that every action keeps, whatever it does. */
export function actionSuite({ name, definition, harness }: Connector<ActionDefinition, ActionHarness>): void {
  const scenario = (
    promise: string,
    run: (world: ActionWorld) => Promise<void>,
    needs?: keyof ActionWorld,
  ) => {
    const reason = harness.skips?.[promise] ?? (needs === undefined ? undefined : harness.skips?.[needs]);
    it.skipIf(reason !== undefined)(
      reason === undefined ? promise : `${promise} (skipped: ${reason})`,
      async (test) => {
        const world = await harness.start();
        try {
          if (needs !== undefined && world[needs] === undefined) test.skip('its world has no such event');
          await run(world);
        } finally {
          await world.stop();
        }
      },
    );
  };
  const act = (world: ActionWorld, lines: readonly string[], setup: Partial<Setup> = {}) =>
    runAction(definition, world, lines, setup);

  describe(`action ${name}`, () => {
    scenario('acts on every event once where nothing fails', async (world) => {
      const lines = Array.from({ length: 120 }, (_, i) => `line-${i}`);
      const { stats } = await act(world, lines);
      expect(stats).toMatchObject({ acted: 120, dead: 0 });
      if (world.received !== undefined)
        expect([...(await world.received())].sort()).toEqual([...lines].sort());
    });

    scenario(
      'keeps the order of events with the same key',
      async (world) => {
        const lines = Array.from({ length: 90 }, (_, i) => `k${i % 3}=${String(i).padStart(3, '0')}`);
        await act(world, lines);
        const received = await (world.received as NonNullable<typeof world.received>)();
        for (const key of ['k0', 'k1', 'k2']) {
          const own = received.filter((id) => id.startsWith(`${key}=`));
          expect(own).toEqual([...own].sort());
          expect(own).toHaveLength(30);
        }
      },
      'received',
    );

    scenario(
      'tries again what failed in a passing way',
      async (world) => {
        await world.failNext?.(2, 'later');
        const { stats } = await act(world, ['one']);
        expect(stats).toMatchObject({ acted: 1, dead: 0, retries: 2 });
      },
      'failNext',
    );

    scenario(
      'gives up at once what failed for good, and goes on with the others',
      async (world) => {
        await world.failNext?.(1, 'never');
        const letters = new MemoryLetters();
        const { stats } = await act(world, ['one', 'two', 'three'], {
          letters,
          options: { orderBy: 'source' },
        });
        expect(stats).toMatchObject({ acted: 2, dead: 1, retries: 0 });
        expect(letters.letters[0]?.evrun.error.message).toMatch(/./);
      },
      'failNext',
    );

    scenario(
      'ends an attempt whose time is over',
      async (world) => {
        await world.hangNext?.();
        const { stats } = await act(world, ['one'], { options: { attemptTimeoutMs: 200, retryCount: 2 } });
        expect(stats).toMatchObject({ acted: 1, dead: 0 });
        expect(stats.retries).toBeGreaterThanOrEqual(1);
      },
      'hangNext',
    );

    scenario('may be closed before it was opened, and twice', async (world) => {
      const home = await temporaryHome();
      const store = await home.openStore();
      const action = await definition.create(
        checked(definition, world.config) as never,
        partContext(store, 'action'),
      );
      await action.close();
      await action.close();
      await store.close();
      await home.remove();
    });

    scenario('shows what it would do without doing it', async (world) => {
      const shown: string[] = [];
      await act(world, ['one'], { limits: { dryRun: true }, preview: (line) => shown.push(line) });
      expect(shown).toHaveLength(1);
      if (world.received !== undefined) expect(await world.received()).toEqual([]);
    });
  });
}

async function runAction(
  definition: ActionDefinition,
  world: ActionWorld,
  lines: readonly string[],
  setup: Partial<Setup>,
) {
  const home = await temporaryHome();
  const store = await home.openStore();
  const plan = planFor({ format: lineFormat, ...setup, source: new MemorySource(lines) });
  const whole: PipelinePlan = {
    ...plan,
    async build(services, restart): Promise<PipelineParts> {
      const parts = await plan.build(services, restart);
      const context = { ...partContext(store, 'action'), dryRun: plan.limits.dryRun };
      const action = await definition.create(checked(definition, world.config) as never, context);
      return { ...parts, action };
    },
  };
  const pipeline = new Pipeline(whole);
  const end = await pipeline.run(false);
  await store.close();
  await home.remove();
  return { end, stats: pipeline.stats };
}
