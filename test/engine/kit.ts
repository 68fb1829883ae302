import type { Action } from '../../src/contract/action.ts';
import { systemClock } from '../../src/contract/clock.ts';
import type { DeadLetter, DeadLetters } from '../../src/contract/dead-letter.ts';
import { Envelope } from '../../src/contract/envelope.ts';
import { DecodeError } from '../../src/contract/errors.ts';
import type { Format } from '../../src/contract/format.ts';
import type { LogFields, Logger, LogLevel } from '../../src/contract/log.ts';
import type {
  EngineServices,
  PipelineOptions,
  PipelineParts,
  PipelinePlan,
  RunLimits,
  Step,
} from '../../src/contract/pipeline.ts';
import type { Batch, Delivery, Offset, Progress, Settled, Source } from '../../src/contract/source.ts';
import type { Transformer } from '../../src/contract/transformer.ts';
import { Pipeline } from '../../src/engine/pipeline.ts';

/** A value that a test sets and others wait for: tests wait on facts, never on sleeps. */
export class Fact<T = void> {
  readonly happened: Promise<T>;
  private resolve!: (value: T) => void;

  constructor() {
    this.happened = new Promise<T>((resolve) => {
      this.resolve = resolve;
    });
  }

  happen(value: T): void {
    this.resolve(value);
  }
}

/** Resolves when `holds` does; looks at every turn of the event loop. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

export interface Line {
  readonly value: string;
  readonly partition?: string;
  readonly epoch?: number;
  readonly key?: string;
  readonly time?: number;
  readonly receives?: number;
}

/**
 * A source in memory: lines in batches, offsets counted per partition. Remembers what was committed, and
 * resumes there when it is opened again, as a real one does.
 */
export class MemorySource implements Source {
  readonly committed = new Map<string, Progress>();
  readonly commits: Progress[][] = [];
  readonly settled: Settled[] = [];
  handedOut = 0;
  /** How often it said "nothing new"; each takes about 2 ms. */
  polls = 0;
  opened = 0;
  closed = 0;
  failCommits: (() => unknown) | undefined;
  failOpen: (() => unknown) | undefined;
  settle?: (done: readonly Settled[]) => Promise<void>;
  /** After the lines: end, or say "nothing new" until stopped. */
  stays = false;
  private readonly batches: readonly (readonly Line[])[];

  constructor(...batches: (readonly (Line | string)[])[]) {
    this.batches = batches.map((batch) =>
      batch.map((line) => (typeof line === 'string' ? { value: line } : line)),
    );
  }

  async open(): Promise<void> {
    this.opened += 1;
    const error = this.failOpen?.();
    if (error !== undefined) throw error;
  }

  async *read(signal: AbortSignal): AsyncIterable<Batch> {
    const offsets = new Map<string, number>();
    for (const lines of this.batches) {
      if (signal.aborted) return;
      const deliveries: Delivery[] = [];
      for (const line of lines) {
        const partition = line.partition ?? 'p';
        const offset = offsets.get(partition) ?? 0;
        offsets.set(partition, offset + 1);
        if (offset < this.start(partition)) continue;
        deliveries.push(deliveryOf(line, partition, offset));
      }
      this.handedOut += deliveries.length;
      if (deliveries.length > 0) yield { deliveries };
    }
    while (this.stays && !signal.aborted) {
      await systemClock.sleep(2, signal);
      this.polls += 1;
      yield { deliveries: [] };
    }
  }

  async commit(progress: readonly Progress[]): Promise<void> {
    const error = this.failCommits?.();
    if (error !== undefined) throw error;
    this.commits.push([...progress]);
    for (const each of progress) this.committed.set(each.partition, each);
  }

  async close(): Promise<void> {
    this.closed += 1;
  }

  next(partition = 'p'): Offset | undefined {
    return this.committed.get(partition)?.next;
  }

  private start(partition: string): number {
    return Number(this.committed.get(partition)?.next ?? 0);
  }
}

export function deliveryOf(line: Line, partition: string, offset: number): Delivery {
  const { value, epoch = 0, key, time, receives } = line;
  return {
    position: { partition, epoch, offset, next: offset + 1 },
    record: { value, key, time, meta: {} },
    source: '/test',
    meta: { offset },
    receives,
    bytes: value.length,
  };
}

/** Lines are words; `!…` is poison, `?…` is ignored, `key=word` has a key. */
export const wordFormat: Format = {
  decode(record) {
    const text = String(record.value);
    if (text.startsWith('!')) throw new DecodeError(`cannot read ${text}`);
    if (text.startsWith('?')) return { ignored: 'question' };
    const event = new Envelope('word', text);
    if (text.includes('=')) event.key = text.slice(0, text.indexOf('='));
    return event;
  },
};

export class MemoryLetters implements DeadLetters {
  readonly path = 'failed_events.log';
  readonly letters: DeadLetter[] = [];
  fail: (() => unknown) | undefined;
  before: (() => Promise<void>) | undefined;

  async append(letter: DeadLetter): Promise<void> {
    await this.before?.();
    const error = this.fail?.();
    if (error !== undefined) throw error;
    this.letters.push(letter);
  }

  async reopen(): Promise<void> {}
  async close(): Promise<void> {}
}

export class MemoryLog implements Logger {
  readonly lines: { level: LogLevel; sentence: string; fields: LogFields | undefined }[] = [];
  enabled = (): boolean => true;
  error = (sentence: string, fields?: LogFields): void => this.add('error', sentence, fields);
  warn = (sentence: string, fields?: LogFields): void => this.add('warn', sentence, fields);
  info = (sentence: string, fields?: LogFields): void => this.add('info', sentence, fields);
  debug = (sentence: string, fields?: LogFields): void => this.add('debug', sentence, fields);
  with = (): Logger => this;

  private add(level: LogLevel, sentence: string, fields: LogFields | undefined): void {
    this.lines.push({ level, sentence, fields });
  }
}

export interface Setup {
  readonly source: Source;
  readonly act?: NonNullable<Action['act']>;
  readonly action?: Partial<Action>;
  readonly steps?: readonly (Transformer | Transformer['transform'])[];
  readonly options?: Partial<PipelineOptions>;
  readonly limits?: Partial<RunLimits>;
  readonly letters?: MemoryLetters;
  readonly log?: Logger;
  readonly ordered?: boolean;
  readonly resumable?: boolean;
  /** `${file:…}` gives something else than before. */
  readonly changed?: boolean;
  readonly retries?: 'engine' | 'source';
  readonly format?: Format;
  readonly preview?: (line: string) => void;
}

export const defaults: PipelineOptions = {
  failureMode: 'CONTINUE',
  retryCount: 3,
  retryBackoffMs: 1,
  attemptTimeoutMs: 60_000,
  concurrency: 16,
  orderBy: 'key',
  commitIntervalMs: 5,
  commitEvery: 10_000,
  maxInFlight: 1_000,
  maxInFlightBytes: 1 << 26,
  shutdownTimeoutMs: 2_000,
  maxOutageMs: undefined,
};

export function planFor(setup: Setup): PipelinePlan {
  const steps: Step[] = (setup.steps ?? []).map((step, i) => ({
    label: `transform[${i}] test`,
    transformer: typeof step === 'function' ? { transform: step } : step,
  }));
  const action: Action = {
    act: setup.act ?? (() => undefined),
    close: async () => undefined,
    ...setup.action,
  };
  const letters = setup.letters ?? new MemoryLetters();
  return {
    name: 'test',
    recipe: 'test.yml',
    recipeHash: 'hash',
    options: { ...defaults, ...setup.options },
    limits: { untilCaughtUp: false, dryRun: false, ...setup.limits },
    clock: systemClock,
    log: setup.log ?? new MemoryLog(),
    preview: setup.preview ?? (() => undefined),
    changed: async () => setup.changed ?? false,
    build: async (): Promise<PipelineParts> => ({
      source: setup.source,
      sourceType: 'memory',
      resumable: setup.resumable ?? true,
      ordered: setup.ordered ?? true,
      retries: setup.retries ?? 'engine',
      format: setup.format ?? wordFormat,
      steps,
      action,
      actionType: 'test',
      deadLetters: letters,
      release: async () => undefined,
    }),
  };
}

export function pipelineFor(setup: Setup): Pipeline {
  return new Pipeline(planFor(setup));
}

/** A pipeline, and what its source calls when partitions are taken away. */
export function withRevoke(plan: PipelinePlan): { pipeline: Pipeline; revoke: EngineServices['revoke'] } {
  let engine: EngineServices | undefined;
  const pipeline = new Pipeline({
    ...plan,
    build: (services, restart) => {
      engine = services;
      return plan.build(services, restart);
    },
  });
  return { pipeline, revoke: async (partitions, deadlineMs) => engine?.revoke(partitions, deadlineMs) };
}
