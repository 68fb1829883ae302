import type { Result } from '../../contract/action.ts';
import type { PartContext } from '../../contract/context.ts';
import { EvrunError } from '../../contract/errors.ts';
import { type KafkaClient, openKafka } from './client.ts';
import { Delivering } from './produce-deliver.ts';
import type { OutMessage } from './produce-message.ts';
import { type Plan, partitionName, planOf } from './produce-plan.ts';
import { TopicBook } from './produce-topics.ts';
import { type Until, until } from './produce-until.ts';
import type { KafkaSettings } from './settings.ts';

export type { OutMessage } from './produce-message.ts';
export { TooLargeError } from './produce-outcome.ts';

/**
 * Writes records to Kafka: idempotently, acknowledged by all in-sync replicas, with a result for each.
 *
 * An outage is waited out inside of `send`, with the same records and numbers, so that brokers can tell a repeat.
 * Where that takes too long, or nobody waits any more, the first record that was not written is `failed` with an
 * error that says `retry: 'later'`, and all others not written are `notTried`. Records of one partition, and so of
 * one key, are written in their order; none is written behind one that may still be tried again. A record that
 * cannot be written at all is `failed` for good, and those behind it are written.
 */
export interface KafkaProducer {
  /** Connects. Throws EvrunError: a refusal, or an outage that may pass. */
  open(): Promise<void>;
  /** One result per message, in their order. Never rejects but for a defect. Calls queue up. */
  send(messages: readonly OutMessage[], signal: AbortSignal): Promise<readonly Result[]>;
  /** Ends within seconds. Idempotent, legal before `open`. */
  close(): Promise<void>;
}

export interface ProducerOptions {
  readonly settings: KafkaSettings;
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4';
  /** A topic that does not exist: wait for it as for a broker that is down, or fail for good. Never made silently. */
  readonly unknownTopic: 'wait' | 'fail';
  /** How long one `send` tries, in milliseconds. */
  readonly deliveryTimeoutMs: number;
  /** Where all messages go, if that is one topic: it is looked for in `open`, and what it refuses is fatal. */
  readonly onlyTopic?: string | undefined;
}

interface Parts {
  readonly delivering: Delivering;
  readonly topics: TopicBook;
}

const COMPRESSION = { none: 0, gzip: 1, snappy: 2, lz4: 3 } as const;
const CLOSE_MS = 3000;

export function kafkaProducer(
  options: ProducerOptions,
  { log, report }: Pick<PartContext, 'log' | 'report'>,
): KafkaProducer {
  const { settings, unknownTopic, deliveryTimeoutMs, onlyTopic } = options;
  const compression = COMPRESSION[options.compression];
  let client: KafkaClient | undefined;
  let delivering: Delivering | undefined;
  let topics: TopicBook | undefined;
  let closed = false;
  let turn = 0;
  /** Settles when all sends so far have: numbers go wrong where two write to a partition at once. */
  let tail: Promise<unknown> = Promise.resolve();

  async function ready(): Promise<Parts> {
    client ??= await openKafka(settings, log);
    topics ??= new TopicBook(client, { unknownTopic, oneTopic: onlyTopic !== undefined });
    delivering ??= new Delivering({ client, compression, log, report, oneTopic: onlyTopic !== undefined });
    return { delivering, topics };
  }

  async function inTurn<T>(limit: Until, work: () => Promise<T>): Promise<T> {
    const before = tail;
    let done: () => void = () => {};
    const mine = new Promise<void>((resolve) => {
      done = resolve;
    });
    tail = Promise.all([before, mine]);
    try {
      await limit.race(before, () => late(settings, deliveryTimeoutMs));
      return await work();
    } finally {
      done();
    }
  }

  async function write(messages: readonly OutMessage[], limit: Until): Promise<readonly Result[]> {
    const parts = await ready();
    const results: (Result | Unsettled)[] = messages.map(() => UNSETTLED);
    // Before its turn: a topic that is waited for holds up nobody else.
    const facts = await parts.topics.of(messages, limit, parts.delivering, (index, error) => {
      results[index] = { failed: error };
    });
    turn += 1;
    const plan = planOf(messages, {
      facts,
      compressed: compression !== 0,
      turn,
      usualBytes: settings.producer.maxMessageBytes,
    });
    for (const [index, failed] of plan.problems) results[index] = { failed };
    if (plan.rounds.length > 0) await inTurn(limit, () => deliverAll(plan, parts, limit, results));
    return settled(results);
  }

  return {
    async open() {
      if (closed) return;
      const limit = until(new AbortController().signal, deliveryTimeoutMs);
      try {
        const parts = await ready();
        await parts.delivering.connect(limit);
        if (onlyTopic !== undefined) await parts.topics.expect(onlyTopic);
      } finally {
        limit.end();
      }
    },
    async send(messages, signal) {
      if (messages.length === 0) return [];
      const limit = until(signal, deliveryTimeoutMs);
      try {
        return await write(messages, limit);
      } catch (error) {
        if (!(error instanceof EvrunError)) throw error;
        return settled(messages.map((_, index) => (index === 0 ? { failed: error } : UNSETTLED)));
      } finally {
        limit.end();
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      const limit = until(new AbortController().signal, CLOSE_MS);
      const nobodyWaits = () => new EvrunError('EVR_TIMEOUT', 'closing takes too long');
      await limit.race(tail, nobodyWaits).catch(() => {});
      await limit
        .race(Promise.allSettled([delivering?.close(), topics?.close(), client?.close()]), nobodyWaits)
        .catch(() => {});
      limit.end();
    },
  };
}

/** Not written, and why is not known yet. */
type Unsettled = typeof UNSETTLED;
const UNSETTLED = Symbol('unsettled');

async function deliverAll(
  { rounds }: Plan,
  { delivering, topics }: Parts,
  limit: Until,
  results: (Result | Unsettled)[],
): Promise<void> {
  const stuck = new Set<string>();
  for (const round of rounds) {
    delivering.renew();
    const groups = round.map((group) => group.filter((placed) => !stuck.has(partitionName(placed))));
    await Promise.all(
      groups.map(async (group) => {
        if (group.length === 0) return;
        for (const [placed, failed] of await delivering.deliver(group, limit)) {
          results[placed.index] = failed === undefined ? undefined : { failed };
          if (failed === undefined) continue;
          // Its partitions or its limit may have changed.
          topics.forget(placed.message.topic);
          if (failed.retry === 'later') stuck.add(partitionName(placed));
        }
      }),
    );
  }
}

/** Of those that may be written later, the first one failed and the others were not tried. */
function settled(results: readonly (Result | Unsettled)[]): readonly Result[] {
  let first = true;
  return results.map((result) => {
    if (result === UNSETTLED) return { notTried: true };
    if (result === undefined || !('failed' in result)) return result;
    if (!(result.failed instanceof EvrunError) || result.failed.retry === 'never') return result;
    if (!first) return { notTried: true };
    first = false;
    return result;
  });
}

function late({ brokers }: KafkaSettings, ms: number): EvrunError {
  return new EvrunError(
    'EVR_UNREACHABLE',
    `kafka ${brokers.join(',')}: others have been waiting to be written for ${Math.round(ms / 1000)} s`,
    { retry: 'later' },
  );
}
