import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/contract/clock.ts';
import type { FormatDefinition, SourceDefinition } from '../../src/contract/define.ts';
import type { Event } from '../../src/contract/event.ts';
import type { SourceHarness, SourceWorld } from '../../src/contract/harness.ts';
import type { PipelineParts, PipelinePlan } from '../../src/contract/pipeline.ts';
import type { Start } from '../../src/contract/source.ts';
import type { OwnedStore } from '../../src/contract/store.ts';
import { Pipeline } from '../../src/engine/pipeline.ts';
import { loadConnector } from '../../src/registry.ts';
import { eventually, Fact, MemoryLetters, planFor, type Setup } from '../engine/kit.ts';
import { type Connector, checked, type Home, partContext, temporaryHome } from './parts.ts';

const EARLIEST: Start = { point: { at: 'earliest' }, ignoreStored: false };

interface RunOptions extends Partial<Omit<Setup, 'source' | 'act'>> {
  readonly start?: Start;
  readonly untilCaughtUp?: boolean;
}

/** The promises that every source keeps, whatever it reads from. */
export function sourceSuite({ name, definition, harness }: Connector<SourceDefinition, SourceHarness>): void {
  const scenario = (
    promise: string,
    run: (bench: Bench) => Promise<void>,
    needs?: (world: SourceWorld) => unknown,
  ) => {
    const reason = harness.skips?.[promise];
    it.skipIf(reason !== undefined)(
      reason === undefined ? promise : `${promise} (skipped: ${reason})`,
      async (test) => {
        const bench = await Bench.start(definition, harness);
        try {
          if (needs !== undefined && needs(bench.world) === undefined)
            test.skip('its world has no such event');
          await run(bench);
        } finally {
          await bench.stop();
        }
      },
    );
  };

  describe(`source ${name}`, () => {
    scenario('hands over every event once, in order', async (bench) => {
      await bench.world.put(range(0, 200));
      const seen: number[] = [];
      await bench.run(({ n }) => {
        seen.push(n);
        return seen.length < 200 ? undefined : 'enough';
      });
      expect(seen).toEqual(range(0, 200));
    });

    scenario('goes on after what was committed when it is opened again', async (bench) => {
      await bench.world.put(range(0, 30));
      await bench.runUntil(30);
      await bench.world.put(range(30, 60));
      expect(await bench.runUntil(30)).toEqual(range(30, 60));
    });

    scenario('hands over again what was not committed', async (bench) => {
      await bench.world.put(range(0, 20));
      const acted = new Set<number>();
      await bench.run(({ n }) => {
        if (n >= 12) return 'hang';
        acted.add(n);
        return acted.size < 12 ? undefined : 'enough';
      });
      const again = await bench.runUntil(8);
      expect(new Set([...acted, ...again])).toEqual(new Set(range(0, 20)));
    });

    scenario('an event keeps its id when it is handed over again', async (bench) => {
      await bench.world.put(range(0, 5));
      const ids = async () => {
        const seen = new Map<number, string>();
        await bench.run(
          ({ n, event }) => {
            seen.set(n, event.id);
            return seen.size < 5 ? 'hang' : 'hang-enough';
          },
          { options: { orderBy: 'none' } },
        );
        return seen;
      };
      const first = await ids();
      expect(first.size).toBe(5);
      expect(await ids()).toEqual(first);
    });

    scenario('starts anew when the stored position is to be ignored, and only that once', async (bench) => {
      await bench.world.put(range(0, 10));
      await bench.runUntil(10);
      const seen = await bench.runUntil(10, { start: { ...EARLIEST, ignoreStored: true } });
      expect(seen).toEqual(range(0, 10));
    });

    scenario(
      'one record that cannot be decoded does not stop the others',
      async (bench) => {
        await bench.world.put(range(0, 5));
        await bench.world.putPoison?.();
        await bench.world.put(range(5, 10));
        const letters = new MemoryLetters();
        expect(await bench.runUntil(10, { letters })).toEqual(range(0, 10));
        expect(letters.letters).toHaveLength(1);
        expect(letters.letters[0]?.evrun.raw).toMatch(/./);
      },
      (world) => world.putPoison,
    );

    scenario('says "nothing new", or ends, when all was handed over', async (bench) => {
      await bench.world.put(range(0, 3));
      const { end } = await bench.run(() => undefined, { limits: { idleTimeoutMs: 1 } });
      expect(end.exitCode).toBe(0);
      expect(end.reason).toMatch(/^(idle|end of source)/);
    });

    scenario('ends by itself when it was asked to until caught up', async (bench) => {
      await bench.world.put(range(0, 25));
      const seen: number[] = [];
      const collect = ({ n }: { n: number }): undefined => {
        seen.push(n);
      };
      const { end } = await bench.run(collect, { untilCaughtUp: true });
      expect(end).toMatchObject({ exitCode: 0, reason: 'end of source' });
      expect(seen).toEqual(range(0, 25));
    });

    scenario('a read that waits ends when it is aborted', async (bench) => {
      const stopped = bench.run(() => undefined);
      await eventually(() => bench.pipeline?.health().ready === true || bench.ended);
      bench.pipeline?.stop('stopped by a test');
      expect((await stopped).end.exitCode).toBe(0);
    });

    scenario(
      'waits an outage out, and loses nothing in it',
      async (bench) => {
        await bench.world.put(range(0, 10));
        const seen: number[] = [];
        const running = bench.run(({ n }) => {
          seen.push(n);
          return seen.length < 20 ? undefined : 'enough';
        });
        await eventually(() => seen.length >= 10 || bench.ended);
        await bench.world.breakDown?.();
        await eventually(() => bench.pipeline?.health().ready === false || bench.ended);
        await bench.world.recover?.();
        await bench.world.put(range(10, 20));
        await running;
        expect([...new Set(seen)]).toEqual(range(0, 20));
      },
      (world) => world.breakDown,
    );

    scenario('may be closed before it was opened, and twice', async (bench) => {
      const source = await bench.create(EARLIEST, new AbortController().signal);
      await source.close();
      await source.close();
    });
  });
}

/** `enough`: act, then stop; `hang`: never finish; `hang-enough`: never finish, and stop. */
type Verdict = undefined | 'hang' | 'enough' | 'hang-enough';

/** Runs one source through the real engine, with the real store, as often as a scenario likes. */
class Bench {
  pipeline: Pipeline | undefined;
  ended = false;
  readonly world: SourceWorld;
  private readonly definition: SourceDefinition;
  private readonly home: Home;
  private store: OwnedStore | undefined;

  private constructor(definition: SourceDefinition, world: SourceWorld, home: Home) {
    this.definition = definition;
    this.world = world;
    this.home = home;
  }

  static async start(definition: SourceDefinition, harness: SourceHarness): Promise<Bench> {
    return new Bench(definition, await harness.start(), await temporaryHome());
  }

  async stop(): Promise<void> {
    this.pipeline?.stop('the scenario is over');
    await eventually(() => this.ended || this.pipeline === undefined);
    await this.store?.close();
    await this.world.stop();
    await this.home.remove();
  }

  /** Numbers in the order in which they were acted on, until `count` were. */
  async runUntil(count: number, options: RunOptions = {}): Promise<number[]> {
    const seen: number[] = [];
    await this.run(({ n }) => {
      seen.push(n);
      return seen.length < count ? undefined : 'enough';
    }, options);
    return seen;
  }

  async run(act: (seen: { n: number; event: Event }) => Verdict, options: RunOptions = {}) {
    const { start = EARLIEST, untilCaughtUp = false, ...setup } = options;
    this.ended = false;
    const hanging = new Fact();
    const plan = planFor({
      ...setup,
      source: undefined as never,
      ordered: this.definition.ordered,
      options: { shutdownTimeoutMs: 400, ...setup.options },
      act: (event, attempt) => {
        const verdict = act({ n: this.world.readN(event), event });
        if (verdict?.endsWith('enough'))
          setImmediate(() => this.pipeline?.stop('the scenario has seen enough'));
        if (!verdict?.startsWith('hang')) return undefined;
        attempt.signal.addEventListener('abort', () => hanging.happen());
        return hanging.happened.then(() => Promise.reject(attempt.signal.reason));
      },
    });
    const whole: PipelinePlan = {
      ...plan,
      build: (services) => this.build(plan, services, start, untilCaughtUp),
    };
    const pipeline = new Pipeline(whole);
    this.pipeline = pipeline;
    const end = await pipeline.run(false);
    this.ended = true;
    return { end, stats: pipeline.stats };
  }

  async create(
    start: Start,
    signal: AbortSignal,
    services?: Parameters<PipelinePlan['build']>[0],
    caughtUp = false,
  ) {
    this.store = await this.home.openStore();
    return this.definition.create(checked(this.definition, this.world.config) as never, {
      ...partContext(this.store, 'source'),
      datahub: this.world.datahub,
      start,
      untilCaughtUp: caughtUp,
      signal,
      shutdownTimeoutMs: 10_000,
      maxBatch: { events: 1_000, bytes: 1 << 20 },
      reach: services?.reach ?? ((_, operation) => operation(signal)),
      revoke: services?.revoke ?? (async () => undefined),
      report: services?.report ?? { unreachable: () => undefined, reachable: () => undefined },
      clock: systemClock,
    });
  }

  private async build(
    plan: PipelinePlan,
    services: Parameters<PipelinePlan['build']>[0],
    start: Start,
    untilCaughtUp: boolean,
  ): Promise<PipelineParts> {
    const parts = await plan.build(services, false);
    const source = await this.create(start, services.signal, services, untilCaughtUp);
    const named = this.world.config['format'] ?? this.definition.defaultFormat;
    const definition = (await loadConnector('format', String(named))) as FormatDefinition;
    const format = definition.create(checked(definition, {}) as never);
    const release = async () => {
      await this.store?.close();
      this.store = undefined;
    };
    return { ...parts, source, format, retries: this.definition.retries, release };
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
