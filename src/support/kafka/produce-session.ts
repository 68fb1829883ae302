import type { KafkaClient, Message, Producer, TopicMessages } from './client.ts';
import { type Group, type Placed, partitionName } from './produce-plan.ts';

/**
 * One producer of kafkajs, that is, one numbering of messages by which brokers tell a repeat.
 *
 * kafkajs gives a number back when a request fails, and the next request of that partition takes it. If the failed
 * one was written all the same and the next one holds as many other messages, the broker takes them for a repeat
 * and says "done" without keeping them. So after a failure a session either repeats exactly what failed, or it is
 * abandoned and a new one takes its place. An abandoned session also ends whatever kafkajs would still repeat by
 * itself.
 */
export interface Session {
  /** Resolves once all in-sync replicas have the messages. Rejects with what kafkajs throws. */
  send(group: Group, compression: number): Promise<void>;
  /** Sends nothing more, also not what it is about to send. Does not wait. */
  abandon(): void;
  /** Resolves when its connections are closed. */
  close(): Promise<void>;
}

/** How long a broker may wait for its in-sync replicas before it says that there are too few. */
const REPLICAS_MS = 15_000;

/** Connects, and asks for a numbering. Rejects with what kafkajs throws. */
export async function openSession(client: KafkaClient): Promise<Session> {
  let abandoned = false;
  const producer = client.producer({
    idempotent: true,
    // kafkajs's own repeats cannot be ended and are not told of: one, for what stands in stale metadata.
    retry: { retries: 1, initialRetryTime: 50, maxRetryTime: 200 },
    createPartitioner:
      () =>
      ({ partitionMetadata, message }) => {
        // It is asked before every attempt, kafkajs's own included.
        if (abandoned) throw new Error('this producer was given up');
        const { partition } = message;
        // kafkajs leaves out, without a word, messages of a partition that it has not heard of.
        if (
          partition === undefined ||
          !partitionMetadata.some(({ partitionId }) => partitionId === partition)
        )
          throw staleMetadata();
        return partition;
      },
  });
  const close = async () => {
    abandoned = true;
    await producer.disconnect();
  };
  try {
    await producer.connect();
  } catch (error) {
    close().catch(() => {});
    throw error;
  }
  return {
    send: (group, compression) => sendGroup(producer, group, compression),
    abandon: () => void close().catch(() => {}),
    close,
  };
}

async function sendGroup(producer: Producer, group: Group, compression: number): Promise<void> {
  const byTopic = new Map<string, Message[]>();
  const partitions = new Set<string>();
  for (const placed of group) {
    const { topic } = placed.message;
    partitions.add(partitionName(placed));
    const messages = byTopic.get(topic);
    if (messages === undefined) byTopic.set(topic, [clientMessage(placed)]);
    else messages.push(clientMessage(placed));
  }
  const topicMessages: TopicMessages[] = [...byTopic].map(([topic, messages]) => ({ topic, messages }));
  const answers = await producer.sendBatch({ topicMessages, acks: -1, timeout: REPLICAS_MS, compression });
  const answered = new Set(answers.map(({ topicName, partition }) => `${partition} ${topicName}`));
  for (const partition of partitions) {
    if (!answered.has(partition)) throw staleMetadata();
  }
}

/** The name makes kafkajs ask the cluster for its partitions, and try again. */
function staleMetadata(): Error {
  const error = new Error('the client does not know of this partition yet');
  error.name = 'KafkaJSMetadataNotLoaded';
  return error;
}

function clientMessage({ message, partition }: Placed): Message {
  const { key, value, headers, time } = message;
  return {
    partition,
    key: key === undefined ? null : bytes(key),
    value: value === null ? null : bytes(value),
    ...(headers === undefined ? {} : { headers: clientHeaders(headers) }),
    ...(time === undefined ? {} : { timestamp: String(time) }),
  };
}

function clientHeaders(headers: NonNullable<Placed['message']['headers']>): Message['headers'] {
  const made: Record<string, string | Buffer | (string | Buffer)[]> = {};
  for (const [name, value] of Object.entries(headers))
    made[name] = typeof value === 'string' || value instanceof Uint8Array ? bytes(value) : value.map(bytes);
  return made;
}

function bytes(part: string | Uint8Array): string | Buffer {
  return typeof part === 'string' ? part : Buffer.from(part.buffer, part.byteOffset, part.byteLength);
}
