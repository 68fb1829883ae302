import { randomUUID } from 'node:crypto';
import type { Message } from 'kafkajs';
import { type Clock, systemClock } from '../../../src/contract/clock.ts';
import type { FormatDefinition } from '../../../src/contract/define.ts';
import type { Event } from '../../../src/contract/event.ts';
import type { Prefilter } from '../../../src/contract/prefilter.ts';
import type { SourceContext, Start } from '../../../src/contract/source.ts';
import type { PipelineEnd } from '../../../src/contract/stats.ts';
import { Pipeline } from '../../../src/engine/pipeline.ts';
import { loadConnector } from '../../../src/registry.ts';
import definition from '../../../src/sources/kafka/index.ts';
import { MemoryLetters, MemoryLog, planFor, type Setup } from '../../engine/kit.ts';
import type { KafkaCluster } from '../../services/kafka.ts';
import { checked } from '../../suites/parts.ts';
import { MemoryStore } from '../world.ts';

export const EARLIEST: Start = { point: { at: 'earliest' }, ignoreStored: false };
export const LATEST: Start = { point: { at: 'latest' }, ignoreStored: false };

export const fresh = (name: string): string => `${name}-${randomUUID()}`;

/** A topic of its own on a cluster. */
export async function topicOn(
  kafka: KafkaCluster,
  options: { partitions?: number; config?: Record<string, string> } = {},
): Promise<Topic> {
  const name = fresh('topic');
  await kafka.createTopic(name, { partitions: 1, ...options });
  return new Topic(kafka, name);
}

export class Topic {
  readonly name: string;
  readonly kafka: KafkaCluster;

  constructor(kafka: KafkaCluster, name: string) {
    this.kafka = kafka;
    this.name = name;
  }

  async send(messages: readonly Message[], compression = 0): Promise<void> {
    const producer = this.kafka.oracle().producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    await producer.send({ topic: this.name, messages: [...messages], compression });
    await producer.disconnect();
  }

  /** `{"n":…}` for each number, in order, to partition `n % partitions`. */
  put(numbers: readonly number[], partitions = 1): Promise<void> {
    return this.send(numbers.map((n) => ({ value: `{"n":${n}}`, partition: n % partitions, key: `k${n}` })));
  }

  /** Committed offsets by partition, -1 = none. */
  async committed(group: string): Promise<number[]> {
    return (await this.stored(group)).map(({ offset }) => Number(offset));
  }

  /** As retention does. */
  async deleteBefore(partition: number, offset: number): Promise<void> {
    const admin = this.kafka.oracle().admin();
    await admin.connect();
    await admin.fetchTopicOffsets(this.name);
    await admin.deleteTopicRecords({ topic: this.name, partitions: [{ partition, offset: String(offset) }] });
    await admin.disconnect();
  }

  /** Resolves when all of `total` partitions have a leader. */
  async grow(total: number): Promise<void> {
    await this.kafka.addPartitions(this.name, total);
    const admin = this.kafka.oracle().admin();
    await admin.connect();
    await eventually(async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [this.name] });
      const leaders = topics[0]?.partitions.filter(({ leader }) => leader >= 0) ?? [];
      return leaders.length === total;
    });
    await admin.disconnect();
  }

  async stored(group: string): Promise<{ partition: number; offset: string; metadata: string | null }[]> {
    const admin = this.kafka.oracle().admin();
    await admin.connect();
    const [found] = await admin.fetchOffsets({ groupId: group, topics: [this.name] });
    await admin.disconnect();
    return [...(found?.partitions ?? [])].sort((a, b) => a.partition - b.partition);
  }
}

export interface RunSetup extends Partial<Omit<Setup, 'source' | 'act' | 'format'>> {
  readonly config: Readonly<Record<string, unknown>>;
  readonly start?: Start;
  readonly untilCaughtUp?: boolean;
  readonly dryRun?: boolean;
  readonly prefilter?: Prefilter;
  readonly maxBatch?: SourceContext['maxBatch'];
  readonly act?: (event: Event) => unknown;
  readonly clock?: Clock;
}

/** A clock that runs so many times faster, for waits of minutes. */
export function quickClock(times = 30): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now() * times,
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
  };
}

/** One pipeline from Kafka to a function, through the real engine. */
export class Run {
  readonly log = new MemoryLog();
  readonly letters = new MemoryLetters();
  readonly events: Event[] = [];
  readonly pipeline: Pipeline;
  readonly ended: Promise<PipelineEnd>;
  over = false;

  constructor(setup: RunSetup) {
    const { config, start = EARLIEST, untilCaughtUp = false, dryRun = false, act, ...others } = setup;
    const { clock = systemClock, ...rest } = others;
    const limits = { untilCaughtUp, dryRun, ...rest.limits };
    const plan = planFor({
      letters: this.letters,
      log: this.log,
      ...rest,
      limits,
      source: undefined as never,
      options: { shutdownTimeoutMs: 2_000, commitIntervalMs: 100, ...rest.options },
      act: async (event) => {
        this.events.push(event);
        await act?.(event);
      },
    });
    this.pipeline = new Pipeline({
      ...plan,
      clock,
      build: async (services, restart) => {
        const parts = await plan.build(services, restart);
        const given = { connection: {}, ...config };
        const source = definition.create(checked(definition, given) as never, {
          ...services,
          pipeline: 'test',
          recipeDir: '.',
          log: this.log,
          clock,
          store: new MemoryStore(),
          dryRun,
          start,
          untilCaughtUp,
          prefilter: rest.prefilter,
          maxBatch: rest.maxBatch ?? { events: 1_000, bytes: 1 << 24 },
        });
        const format = (await loadConnector(
          'format',
          String(config['format'] ?? 'json'),
        )) as FormatDefinition;
        return { ...parts, source, format: format.create(checked(format, {}) as never) };
      },
    });
    this.ended = this.pipeline.run(false).then((end) => {
      this.over = true;
      return end;
    });
    runs.push(this);
  }

  get numbers(): number[] {
    return this.events.map(({ data }) => (data as { n: number }).n);
  }

  get said(): string {
    return this.log.lines.map(({ level, sentence }) => `${level}: ${sentence}`).join('\n');
  }

  /** Resolves when `holds`; fails when the pipeline ends before. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.over) {
        const { reason } = await this.ended;
        throw new Error(`the pipeline has ended: ${reason}; acted on ${this.events.length}\n${this.said}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async stop(): Promise<PipelineEnd> {
    this.pipeline.stop('stopped by a test');
    return this.ended;
  }
}

const runs: Run[] = [];

/** For afterEach: no pipeline outlives its test. */
export async function stopRuns(): Promise<void> {
  await Promise.all(runs.splice(0).map((run) => run.stop()));
}

export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

export const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

/** Resolves when `holds` does. */
export async function eventually(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
