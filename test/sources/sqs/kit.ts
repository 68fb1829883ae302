import { systemClock } from '../../../src/contract/clock.ts';
import type { FormatDefinition, SourceDefinition } from '../../../src/contract/define.ts';
import type { PipelinePlan } from '../../../src/contract/pipeline.ts';
import type { SourceContext } from '../../../src/contract/source.ts';
import type { PipelineEnd, PipelineStats } from '../../../src/contract/stats.ts';
import { Pipeline } from '../../../src/engine/pipeline.ts';
import { loadConnector } from '../../../src/registry.ts';
import { MemoryLetters, MemoryLog, planFor, type Setup } from '../../engine/kit.ts';
import { type AwsProxy, startAwsProxy } from '../../services/aws-proxy.ts';
import { type FakeAws, KEYS, REGION, startFauxqs } from '../../services/fauxqs.ts';
import { createQueue, type TestQueue } from '../../services/sqs-world.ts';
import { checked, partContext, temporaryHome } from '../../suites/parts.ts';

/** A queue of its own on a fake server, a proxy before it, and evrun's source behind that. */
export class SqsBench {
  readonly server: FakeAws;
  readonly proxy: AwsProxy;
  readonly queue: TestQueue;
  readonly log = new MemoryLog();
  readonly letters = new MemoryLetters();
  private readonly pipelines: {
    pipeline: Pipeline;
    end: Promise<PipelineEnd>;
  }[] = [];

  constructor(server: FakeAws, proxy: AwsProxy, queue: TestQueue) {
    this.server = server;
    this.proxy = proxy;
    this.queue = queue;
  }

  static async start(name = 'q', attributes: Readonly<Record<string, string>> = {}): Promise<SqsBench> {
    const server = await startFauxqs();
    return SqsBench.on(server, name, attributes);
  }

  static async on(server: FakeAws, name: string, attributes: Readonly<Record<string, string>> = {}) {
    const proxy = await startAwsProxy(server.url);
    return new SqsBench(server, proxy, await createQueue(server, name, attributes));
  }

  config(more: object = {}): Record<string, unknown> {
    return {
      queue_url: this.queue.url,
      endpoint: this.proxy.url,
      region: REGION,
      ...KEYS,
      wait_time_seconds: 1,
      ...more,
    };
  }

  /** Begins a pipeline that reads the queue; `act` gets the event's data. */
  run(
    act: NonNullable<Setup['act']>,
    { config = {}, context = {}, ...setup }: RunSetup = {},
  ): { pipeline: Pipeline; end: Promise<PipelineEnd>; stats: PipelineStats } {
    const plan = planFor({
      log: this.log,
      letters: this.letters,
      retries: 'source',
      ordered: false,
      ...setup,
      source: undefined as never,
      act,
    });
    const whole: PipelinePlan = {
      ...plan,
      build: (services) => this.build(plan, services, config, context, setup.format),
    };
    const pipeline = new Pipeline(whole);
    const end = pipeline.run(false);
    this.pipelines.push({ pipeline, end });
    return { pipeline, end, stats: pipeline.stats };
  }

  private async build(
    plan: PipelinePlan,
    services: Parameters<PipelinePlan['build']>[0],
    config: object,
    context: Partial<SourceContext>,
    format: Setup['format'],
  ) {
    const parts = await plan.build(services, false);
    const home = await temporaryHome();
    const store = await home.openStore();
    const definition = (await loadConnector('source', 'sqs')) as SourceDefinition;
    const json = (await loadConnector('format', 'json')) as FormatDefinition;
    const full: SourceContext & { shutdownTimeoutMs: number } = {
      ...partContext(store, 'source'),
      log: this.log,
      clock: systemClock,
      start: { point: { at: 'earliest' }, ignoreStored: false },
      untilCaughtUp: plan.limits.untilCaughtUp,
      dryRun: plan.limits.dryRun,
      maxBatch: { events: 1_000, bytes: 1 << 26 },
      shutdownTimeoutMs: 10_000,
      retryCount: plan.options.retryCount,
      ...services,
      ...context,
    };
    return {
      ...parts,
      source: definition.create(checked(definition, this.config(config)) as never, full),
      format: format ?? json.create(checked(json, {}) as never),
      release: async () => {
        await store.close();
        await home.remove();
      },
    };
  }

  warnings(): string[] {
    return this.log.lines.filter(({ level }) => level === 'warn').map(({ sentence }) => sentence);
  }

  async stop(): Promise<void> {
    for (const { pipeline, end } of this.pipelines) {
      pipeline.stop('the test is over');
      await end;
    }
    this.queue.close();
    await this.proxy.stop();
    await this.server.stop();
  }
}

/** A bench whose queue moves a message to the queue `dead` after so many receives. */
export async function benchWithPolicy(
  maxReceiveCount: number,
  more: Readonly<Record<string, string>> = {},
): Promise<{ bench: SqsBench; dead: TestQueue }> {
  const server = await startFauxqs();
  const suffix = 'FifoQueue' in more ? '.fifo' : '';
  const dead = await createQueue(server, `dead${suffix}`, more);
  const deadLetterTargetArn = `arn:aws:sqs:${REGION}:000000000000:dead${suffix}`;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
  return { bench: await SqsBench.on(server, `q${suffix}`, { ...more, RedrivePolicy }), dead };
}

interface RunSetup extends Partial<Omit<Setup, 'source' | 'act'>> {
  readonly config?: object;
  readonly context?: Partial<SourceContext> & {
    readonly shutdownTimeoutMs?: number;
  };
}

/** The number in an event's data. */
export const nOf = (event: { data: unknown }): number => (event.data as { n: number }).n;

export const numbered = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => JSON.stringify({ n: from + i }));
