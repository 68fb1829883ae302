import { setTimeout as sleep } from 'node:timers/promises';
import { Partitioners, type Producer } from 'kafkajs';
import { oracle } from '../../services/kafka-admin.ts';

const TICK_MS = 20;

/**
 * Writes numbered events (`{"n": 17}`, keys `k0`…) into a topic until it is told to stop. A batch that the broker did
 * not confirm is sent again, so a record may stand twice: what counts is what the topic holds.
 */
export class Writer {
  readonly done: Promise<void>;
  private readonly topic: string;
  private readonly producer: Producer;
  private readonly keys: number;
  private readonly perTick: number;
  private stopping = false;
  private next = 0;

  constructor(brokers: string, topic: string, { keys = 60, perSecond = 400 } = {}) {
    this.topic = topic;
    this.keys = keys;
    this.perTick = Math.max(1, Math.round((perSecond * TICK_MS) / 1_000));
    const retry = { initialRetryTime: 100, maxRetryTime: 500 };
    this.producer = oracle(brokers).producer({ createPartitioner: Partitioners.DefaultPartitioner, retry });
    this.done = this.run();
  }

  /** How many events the broker has confirmed. */
  get written(): number {
    return this.next;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.done;
  }

  private async run(): Promise<void> {
    await this.producer.connect();
    while (!this.stopping) {
      const messages = Array.from({ length: this.perTick }, (_, i) => this.message(this.next + i));
      try {
        await this.producer.send({ topic: this.topic, messages });
        this.next += this.perTick;
      } catch {
        // the broker is away: that is what some of these tests are about
      }
      await sleep(TICK_MS);
    }
    await this.producer.disconnect();
  }

  private message(n: number) {
    return { key: `k${n % this.keys}`, value: JSON.stringify({ n }) };
  }
}
