import { EvrunError } from '../../contract/errors.ts';
import type { Admin, KafkaClient } from './client.ts';
import type { Delivering } from './produce-deliver.ts';
import type { OutMessage } from './produce-message.ts';
import { failureOf, refusalOf } from './produce-outcome.ts';
import type { TopicFacts } from './produce-plan.ts';
import type { Until } from './produce-until.ts';

/** Limits change seldom; partitions as often as the client looks for them. */
const LIMIT_MS = 300_000;
/** Templates may make any number of names. */
const MOST_TOPICS = 10_000;

interface Entry {
  readonly facts: TopicFacts;
  readonly partitionsAt: number;
  readonly limitAt: number;
}

export interface TopicRules {
  readonly unknownTopic: 'wait' | 'fail';
  readonly oneTopic: boolean;
}

/** What is known of topics: asked for when first needed, and again when it has grown old. */
export class TopicBook {
  private readonly client: KafkaClient;
  private readonly rules: TopicRules;
  private readonly entries = new Map<string, Entry>();
  private admin: Promise<Admin> | undefined;

  constructor(client: KafkaClient, rules: TopicRules) {
    this.client = client;
    this.rules = rules;
  }

  /**
   * The facts of all topics that exist; `fail` is told of messages whose topic does not. Where it is to be waited
   * for: only as long as there is nothing else to write.
   */
  async of(
    messages: readonly OutMessage[],
    limit: Until,
    delivering: Delivering,
    fail: (index: number, error: EvrunError) => void,
  ): Promise<ReadonlyMap<string, TopicFacts>> {
    const wanted = new Map<string, number[]>();
    messages.forEach(({ topic }, index) => {
      const indexes = wanted.get(topic);
      if (indexes === undefined) wanted.set(topic, [index]);
      else indexes.push(index);
    });
    const known = new Map<string, TopicFacts>();
    for (const [topic, indexes] of wanted) {
      const waits = this.rules.unknownTopic === 'wait' && wanted.size === 1;
      try {
        known.set(topic, await this.factsOf(topic, waits, limit, delivering));
      } catch (error) {
        if (!(error instanceof EvrunError)) throw error;
        for (const index of indexes) fail(index, error);
      }
    }
    return known;
  }

  /** Looks for a topic once. Throws EvrunError where it cannot be written to. */
  async expect(topic: string): Promise<void> {
    try {
      await this.look(topic);
    } catch (error) {
      throw this.explained(error, topic);
    }
  }

  forget(topic: string): void {
    this.entries.delete(topic);
  }

  async close(): Promise<void> {
    const { admin } = this;
    this.admin = undefined;
    await (await admin?.catch(() => undefined))?.disconnect();
  }

  private async factsOf(
    topic: string,
    waits: boolean,
    limit: Until,
    delivering: Delivering,
  ): Promise<TopicFacts> {
    const entry = this.entries.get(topic);
    if (entry !== undefined && Date.now() - entry.partitionsAt < this.client.settings.metadataMaxAgeMs)
      return entry.facts;
    let old = entry?.facts;
    return delivering.persist(`find topic ${topic}`, limit, async () => {
      try {
        return await this.look(topic);
      } catch (error) {
        const explained = this.explained(error, topic);
        if (failureOf(error) === 'gone') {
          old = undefined;
          if (!waits) throw explained;
        }
        // What is known is good enough while the cluster cannot be asked: writing finds out by itself.
        if (old !== undefined && explained.retry === 'later') return old;
        throw explained;
      }
    });
  }

  private async look(topic: string): Promise<TopicFacts> {
    const now = Date.now();
    const before = this.entries.get(topic);
    const admin = await this.connected();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const leaders: number[] = [];
    for (const { partitionId, leader } of topics[0]?.partitions ?? []) leaders[partitionId] = leader;
    const known = before !== undefined && now - before.limitAt < LIMIT_MS;
    const maxBytes = known ? before.facts.maxBytes : await limitOf(admin, topic);
    const facts: TopicFacts = { leaders: Array.from(leaders, (leader) => leader ?? -1), maxBytes };
    if (this.entries.size >= MOST_TOPICS) this.entries.clear();
    this.entries.set(topic, { facts, partitionsAt: now, limitAt: known ? before.limitAt : now });
    return facts;
  }

  private explained(error: unknown, topic: string): EvrunError {
    const failure = failureOf(error);
    const { unknownTopic, oneTopic } = this.rules;
    if (failure === 'gone') {
      this.entries.delete(topic);
      const brokers = this.client.settings.brokers.join(',');
      const waits = unknownTopic === 'wait';
      return new EvrunError(
        waits ? 'EVR_UNREACHABLE' : oneTopic ? 'EVR_REFUSED' : 'EVR_ACTION',
        `kafka ${brokers}: topic ${topic} does not exist, and evrun makes none by itself. Create it, or correct its name`,
        waits ? { retry: 'later', cause: error } : { fatal: oneTopic, cause: error },
      );
    }
    if (failure === 'topic') return refusalOf(error, topic, oneTopic);
    return this.client.explain(error, `find topic ${topic}`);
  }

  private connected(): Promise<Admin> {
    if (this.admin === undefined) {
      const admin = this.client.admin();
      const connecting = admin.connect().then(() => admin);
      this.admin = connecting;
      connecting.catch(() => {
        if (this.admin === connecting) this.admin = undefined;
        admin.disconnect().catch(() => {});
      });
    }
    return this.admin;
  }
}

/** As ConfigResourceTypes.TOPIC of the protocol. */
const TOPIC = 2;

/** `max.message.bytes`; undefined where the user may not ask for it. */
async function limitOf(admin: Admin, topic: string): Promise<number | undefined> {
  try {
    const name = 'max.message.bytes';
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: TOPIC, name: topic, configNames: [name] }],
    });
    const value = resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue;
    return value === undefined ? undefined : Number(value);
  } catch (error) {
    if (failureOf(error) === 'topic') return undefined;
    throw error;
  }
}
