import type { DeadLetter } from '../../contract/dead-letter.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Delivery, SourceContext } from '../../contract/source.ts';
import { type KafkaProducer, kafkaProducer, type OutMessage } from '../../support/kafka/producer.ts';
import type { KafkaSettings } from '../../support/kafka/settings.ts';
import { topicPartitionOf } from './assignment.ts';

const DELIVERY_MS = 30_000;
const MOST_ERROR_CHARACTERS = 1000;

/**
 * Dead letters in a topic, as DataHub Actions writes them. Each is acknowledged by all in-sync replicas before its
 * delivery counts as dead: what was not written is not committed.
 */
export class DeadLetterTopic {
  private readonly topic: string;
  private readonly ctx: SourceContext;
  private readonly producer: KafkaProducer;
  private readonly closing = new AbortController();

  constructor(topic: string, settings: KafkaSettings, ctx: SourceContext) {
    this.topic = topic;
    this.ctx = ctx;
    const unknownTopic = 'wait';
    const options = { settings, compression: 'none', unknownTopic, deliveryTimeoutMs: DELIVERY_MS } as const;
    this.producer = kafkaProducer({ ...options, onlyTopic: topic }, ctx);
  }

  /** A topic that is not there is told at the start, not with the first letter. */
  async open(): Promise<void> {
    await this.ctx.reach(this.what, () => this.producer.open());
  }

  async write(letter: DeadLetter, delivery: Delivery): Promise<void> {
    const message = messageOf(this.topic, letter, delivery);
    await this.ctx.reach(this.what, async () => {
      const [result] = await this.producer.send([message], this.closing.signal);
      if (result === undefined) return;
      throw 'failed' in result
        ? result.failed
        : new EvrunError('EVR_UNREACHABLE', `cannot ${this.what}`, LATER);
    });
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.producer.close();
  }

  private get what(): string {
    return `write dead letters to topic ${this.topic}`;
  }
}

const LATER = { retry: 'later' } as const;

/** Key, headers and the first three members of the value are DataHub's. */
export function messageOf(to: string, letter: DeadLetter, delivery: Delivery): OutMessage {
  const { topic, partition } = topicPartitionOf(delivery.position.partition);
  const { offset } = delivery.position;
  const { evrun } = letter;
  return {
    topic: to,
    key: `${topic}:${partition}:${offset}`,
    value: envelopeOf(letter, delivery),
    headers: {
      'datahub.pipeline': evrun.pipeline,
      'datahub.source.topic': topic,
      'datahub.source.partition': String(partition),
      'datahub.source.offset': String(offset),
      'datahub.error': `${evrun.error.code}: ${evrun.error.message}`.slice(0, MOST_ERROR_CHARACTERS),
    },
  };
}

/** What could not be read has no event: its bytes and everything else that is known of it go along. */
function envelopeOf({ event_type, eventText, meta, evrun }: DeadLetter, delivery: Delivery): string {
  const event = eventText ?? 'null';
  const head = `{"event_type":${JSON.stringify(event_type)},"event":${event}`;
  const rest = evrun.raw === undefined ? '' : `,"evrun":${JSON.stringify(evrun)}`;
  return `${head},"meta":${JSON.stringify(meta ?? delivery.meta)}${rest}}`;
}
