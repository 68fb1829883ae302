import { randomUUID } from 'node:crypto';
import { systemClock } from '../../../src/contract/clock.ts';
import { Envelope } from '../../../src/contract/envelope.ts';
import type { Format } from '../../../src/contract/format.ts';
import type { PipelinePlan } from '../../../src/contract/pipeline.ts';
import type { Source, SourceContext } from '../../../src/contract/source.ts';
import { Pipeline } from '../../../src/engine/pipeline.ts';
import definition from '../../../src/sources/pubsub/index.ts';
import { MemoryLetters, MemoryLog, planFor, type Setup } from '../../engine/kit.ts';
import { type Emulator, sharedEmulator } from '../../services/pubsub.ts';
import { type PubSubProxy, startPubSubProxy } from '../../services/pubsub-proxy.ts';
import { contextOf, withDefaults } from '../world.ts';

/** Text messages, each with a key of its own; one that begins with `!` cannot be decoded. */
export const textFormat: Format = {
  decode(record) {
    const text = Buffer.from(record.value as Uint8Array).toString();
    if (text.startsWith('!')) throw new Error(`cannot read ${text}`);
    const event = new Envelope('text', text);
    // The order of messages must not depend on what a format takes for the event's key.
    event.key = text;
    return event;
  },
};

/** A topic with one subscription on the real emulator, behind a proxy that can fail. */
export class World {
  readonly emulator: Emulator;
  readonly proxy: PubSubProxy;
  readonly name: string;
  readonly log = new MemoryLog();
  readonly letters = new MemoryLetters();
  pipeline: Pipeline | undefined;

  private constructor(emulator: Emulator, proxy: PubSubProxy, name: string) {
    this.emulator = emulator;
    this.proxy = proxy;
    this.name = name;
  }

  /** `subscription`: its settings, as the REST API has them. */
  static async start(subscription: object = {}): Promise<World> {
    const emulator = await sharedEmulator();
    const name = `test-${randomUUID()}`;
    await emulator.create({ topic: name, subscription: name }, { ackDeadlineSeconds: 10, ...subscription });
    return new World(emulator, await startPubSubProxy(emulator.url), name);
  }

  get subscription(): string {
    return `projects/${this.emulator.project}/subscriptions/${this.name}`;
  }

  publish(...texts: string[]): Promise<readonly string[]> {
    return this.emulator.publish(
      this.name,
      texts.map((data) => ({ data })),
    );
  }

  /** What others could have now. */
  left(): Promise<string[]> {
    return this.emulator.take(this.name).then((all) => all.map(({ data }) => data));
  }

  create(config: object = {}, ctx: Partial<SourceContext> = {}): Source {
    const whole = withDefaults(definition, {
      subscription: this.subscription,
      endpoint: this.proxy.url,
      ...config,
    });
    return definition.create(whole as never, contextOf({ log: this.log, ...ctx }));
  }

  /** Runs the source through the real engine until it ends, or until `stop`. */
  async run(setup: Partial<Setup> & { config?: object; ctx?: Partial<SourceContext> } = {}) {
    const { config, ctx, ...rest } = setup;
    const plan = planFor({
      format: textFormat,
      log: this.log,
      letters: this.letters,
      ordered: definition.ordered,
      retries: definition.retries,
      ...rest,
      source: undefined as never,
    });
    const whole: PipelinePlan = {
      ...plan,
      build: async (services, restart) => ({
        ...(await plan.build(services, restart)),
        source: this.create(config, {
          clock: systemClock,
          dryRun: plan.limits.dryRun,
          untilCaughtUp: plan.limits.untilCaughtUp,
          ...services,
          ...ctx,
        }),
      }),
    };
    this.pipeline = new Pipeline(whole);
    const end = await this.pipeline.run(false);
    return { end, stats: this.pipeline.stats };
  }

  stop(): void {
    this.pipeline?.stop('the test is over');
  }

  /** Ids in calls of this method, with the deadlines that they were given. */
  called(method: string): { ids: readonly string[]; seconds: number | undefined }[] {
    return this.proxy.calls
      .filter((call) => call.method === method)
      .map(({ body }) => ({
        ids: (body['ackIds'] ?? []) as string[],
        seconds: body['ackDeadlineSeconds'] as number | undefined,
      }));
  }

  said(pattern: RegExp): boolean {
    return this.log.lines.some(({ sentence }) => pattern.test(sentence));
  }

  async close(): Promise<void> {
    this.stop();
    await this.proxy.stop();
    await this.emulator.call('DELETE', `subscriptions/${this.name}`).catch(() => undefined);
  }
}
