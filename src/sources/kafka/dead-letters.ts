import type { DeadLetter } from '../../contract/dead-letter.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Delivery, SourceContext } from '../../contract/source.ts';
import {
  type KafkaProducer,
  kafkaProducer,
  type OutMessage,
  TooLargeError,
} from '../../support/kafka/producer.ts';
import type { KafkaSettings } from '../../support/kafka/settings.ts';
import { letterMessages } from './letter-message.ts';

const DELIVERY_MS = 30_000;

/**
 * Dead letters in a topic, as DataHub Actions writes them. Each is acknowledged by all in-sync replicas before its
 * delivery counts as dead: what was not written is not committed. One that is too large for the topic is written there
 * with less in it, for it would be as large at every restart.
 */
export class DeadLetterTopic {
  private readonly topic: string;
  private readonly ctx: SourceContext;
  private readonly producer: KafkaProducer;
  private readonly closing = new AbortController();
  private toldOfSize = false;

  constructor(topic: string, settings: KafkaSettings, ctx: SourceContext) {
    this.topic = topic;
    this.ctx = ctx;
    const unknownTopic = 'wait';
    const options = { settings, compression: 'none', unknownTopic, deliveryTimeoutMs: DELIVERY_MS } as const;
    this.producer = kafkaProducer({ ...options, onlyTopic: topic }, ctx);
  }

  /**
   * A topic that is not there is told at the start, not with the first letter. Tries once; may be called again. Throws
   * EvrunError: a refusal, or an outage that may pass, as which a topic counts that is not there yet.
   */
  async open(): Promise<void> {
    try {
      await this.producer.open();
    } catch (error) {
      throw this.explained(error);
    }
  }

  /** Resolves when the topic has the letter, or as much of it as it takes. Throws EvrunError. */
  async write(letter: DeadLetter, delivery: Delivery): Promise<void> {
    for (const { message, leftOut } of letterMessages(this.topic, letter, delivery)) {
      if (!(await this.takes(message))) continue;
      if (leftOut.length > 0) this.tell(`is there without its ${leftOut.join(', ')}`, message);
      return;
    }
    this.tell('is not there', { key: letter.evrun.id });
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.producer.close();
  }

  /** False: it is too large. Throws EvrunError. */
  private async takes(message: OutMessage): Promise<boolean> {
    let reason: EvrunError | undefined;
    try {
      return await this.ctx.reach(this.what, async () => {
        const [result] = await this.producer.send([message], this.closing.signal);
        if (result === undefined) return true;
        const failed = 'failed' in result ? result.failed : undefined;
        if (failed instanceof TooLargeError) return false;
        reason = this.explained(failed);
        throw reason;
      });
    } catch (error) {
      // A pipeline that ends waits for nothing, and what it throws then would not say why the letter was not written.
      throw reason ?? error;
    }
  }

  private explained(error: unknown): EvrunError {
    if (!(error instanceof EvrunError))
      return new EvrunError('EVR_UNREACHABLE', `cannot ${this.what}`, { retry: 'later', cause: error });
    const { code, retry } = error;
    return new EvrunError(
      code === 'EVR_ACTION' ? 'EVR_REFUSED' : code,
      `cannot ${this.what}: ${error.message}`,
      { retry, cause: error },
    );
  }

  /** The first one loudly: thousands may be as large. */
  private tell(what: string, { key }: Pick<OutMessage, 'key'>): void {
    const { log } = this.ctx;
    const sentence = `a dead letter is larger than topic ${this.topic} takes: it ${what}; failed_events.log has all of it`;
    if (this.toldOfSize) log.debug(sentence, { key: String(key) });
    else log.warn(sentence, { key: String(key) });
    this.toldOfSize = true;
  }

  private get what(): string {
    return `write dead letters to topic ${this.topic} (dead_letter_topic)`;
  }
}
