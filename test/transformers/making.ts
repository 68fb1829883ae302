import type { Clock } from '../../src/contract/clock.ts';
import type { PartContext } from '../../src/contract/context.ts';
import type { ConfigProblem, TransformerDefinition } from '../../src/contract/define.ts';
import type { Event } from '../../src/contract/event.ts';
import type { Logger } from '../../src/contract/log.ts';
import type { Change, Store } from '../../src/contract/store.ts';
import type { Ending, Passage, Transformer } from '../../src/contract/transformer.ts';
import { loadConnector } from '../../src/registry.ts';
import { compileSchema } from '../../src/support/schema/json-schema.ts';

/** Time that moves when a test says so; whoever sleeps is woken in order. */
export class TestClock implements Clock {
  private at = 1_000_000;
  private sleepers: { until: number; wake: () => void }[] = [];

  now(): number {
    return this.at;
  }

  monotonic(): number {
    return this.at;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      this.sleepers.push({ until: this.at + ms, wake: resolve });
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  get asleep(): number {
    return this.sleepers.length;
  }

  async forward(ms: number): Promise<void> {
    this.at += ms;
    const due = this.sleepers.filter(({ until }) => until <= this.at).sort((a, b) => a.until - b.until);
    this.sleepers = this.sleepers.filter(({ until }) => until > this.at);
    for (const { wake } of due) wake();
    await settled();
  }
}

/** A store in memory, with what was written last and a switch that makes writing fail. */
export class TestStore implements Store {
  readonly values = new Map<string, unknown>();
  failing = false;

  get(key: string): unknown {
    return this.values.get(key);
  }

  keys(prefix: string): Iterable<string> {
    return [...this.values.keys()].filter((key) => key.startsWith(prefix));
  }

  async write(changes: readonly Change[]): Promise<void> {
    if (this.failing) throw new Error('disk full');
    for (const { key, value } of changes) {
      if (value === undefined) this.values.delete(key);
      else this.values.set(key, value);
    }
  }

  scope(): Store {
    return this;
  }
}

/** One delivery on its way through a step. */
export class TestPassage implements Passage {
  readonly delivery: object;
  readonly signal: AbortSignal;
  private readonly endings: ((ending: Ending) => void)[] = [];

  constructor(delivery: object = {}, signal: AbortSignal = new AbortController().signal) {
    this.delivery = delivery;
    this.signal = signal;
  }

  onEnding(callback: (ending: Ending) => void): void {
    this.endings.push(callback);
  }

  waitFor<T>(promise: Promise<T>): Promise<T> {
    return promise;
  }

  end(ending: Ending): void {
    for (const callback of this.endings.splice(0)) callback(ending);
  }
}

export interface World {
  readonly clock: TestClock;
  readonly store: TestStore;
  readonly warnings: string[];
  readonly recipeDir?: string;
}

export function newWorld(): World {
  return { clock: new TestClock(), store: new TestStore(), warnings: [] };
}

export async function definitionOf(type: string): Promise<TransformerDefinition> {
  return (await loadConnector('transformer', type)) as TransformerDefinition;
}

/** The transformer as a recipe would have it: its config passes the schema and the checks first. */
export async function make(type: string, config: object, world: World = newWorld()): Promise<Transformer> {
  const definition = await definitionOf(type);
  const { value, problems } = compileSchema(definition.schema)(config);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const wrong =
    definition
      .check?.(value, { recipeDir: world.recipeDir ?? '.' })
      ?.filter(({ severity }) => severity !== 'warning') ?? [];
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
  return definition.create(value, contextOf(world));
}

/** What `check` says about a config that passes the schema. */
export async function problemsOf(
  type: string,
  config: object,
  recipeDir = '.',
): Promise<readonly ConfigProblem[]> {
  const definition = await definitionOf(type);
  return definition.check?.(compileSchema(definition.schema)(config).value, { recipeDir }) ?? [];
}

/** Whether the step lets the event pass. */
export async function passes(transformer: Transformer, event: Event): Promise<boolean> {
  return (await transformer.transform(event, new TestPassage())) !== null;
}

/** After all that is ready to run has run. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function contextOf({ clock, store, warnings, recipeDir = '/' }: World): PartContext {
  const log: Logger = {
    enabled: () => true,
    error: () => {},
    warn: (sentence) => void warnings.push(sentence),
    info: () => {},
    debug: () => {},
    with: () => log,
  };
  const report = { unreachable: () => {}, reachable: () => {} };
  return { pipeline: 'test', recipeDir, log, clock, store, dryRun: false, report };
}
