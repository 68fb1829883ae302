import type { ConsumerConfig } from '../../support/kafka/client.ts';

/*
 * Who gets which partition, by the two protocols that every Kafka client knows. kafkajs's own goes by a name of its
 * own, with which a group could not be shared with consumers on librdkafka or Java: while a fleet moves from DataHub
 * Actions to evrun, both are members.
 */

type PartitionAssigner = NonNullable<ConsumerConfig['partitionAssigners']>[number];
type Assigner = ReturnType<PartitionAssigner>;
export type Cluster = Parameters<PartitionAssigner>[0]['cluster'];
/** Member → topic → partitions. */
type Shares = Map<string, Map<string, number[]>>;
export interface Subscriber {
  readonly memberId: string;
  readonly topics: readonly string[];
}

/** `meet` is called with the client's picture of the cluster, once for each consumer. */
export function standardAssigners(meet: (cluster: Cluster) => void): PartitionAssigner[] {
  return [
    ({ cluster }) => {
      meet(cluster);
      return assigner('roundrobin', roundRobin, cluster);
    },
    ({ cluster }) => assigner('range', range, cluster),
  ];
}

function assigner(name: string, share: typeof roundRobin, cluster: Cluster): Assigner {
  return {
    name,
    version: 0,
    protocol: ({ topics }) => ({ name, metadata: encodeSubscription(topics) }),
    assign: async ({ members }) => {
      const subscribers = members.map(({ memberId, memberMetadata }) => ({
        memberId,
        topics: decodeTopics(memberMetadata),
      }));
      await learn(cluster, topicsOf(subscribers));
      const partitionsOf = (topic: string) =>
        cluster
          .findTopicPartitionMetadata(topic)
          .map(({ partitionId }) => partitionId)
          .sort((a, b) => a - b);
      const shares = share(subscribers, partitionsOf);
      return members.map(({ memberId }) => ({
        memberId,
        memberAssignment: encodeAssignment(shares.get(memberId) ?? new Map()),
      }));
    },
  };
}

/**
 * Other members may read other topics, of which this one has not heard: their partitions would be given to nobody. A
 * topic that is not there, or that this user may not see, has none.
 */
async function learn(cluster: Cluster, topics: readonly string[]): Promise<void> {
  for (const topic of topics) {
    if (cluster.findTopicPartitionMetadata(topic).length > 0) continue;
    await cluster.addMultipleTargetTopics([topic]).catch((error: { readonly type?: string }) => {
      if (error.type === undefined || !HIDDEN.has(error.type)) throw error;
    });
  }
}

const HIDDEN: ReadonlySet<string> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
]);

/** All partitions of all topics, dealt one by one to those who want them. */
export function roundRobin(
  members: readonly Subscriber[],
  partitionsOf: (topic: string) => readonly number[],
): Shares {
  const shares: Shares = new Map();
  const sorted = byId(members);
  let at = 0;
  for (const topic of topicsOf(members)) {
    for (const partition of partitionsOf(topic)) {
      while (!(sorted[at % sorted.length] as Subscriber).topics.includes(topic)) at += 1;
      give(shares, (sorted[at % sorted.length] as Subscriber).memberId, topic, partition);
      at += 1;
    }
  }
  return shares;
}

/** Topic by topic, a stretch of neighbouring partitions for each. */
export function range(
  members: readonly Subscriber[],
  partitionsOf: (topic: string) => readonly number[],
): Shares {
  const shares: Shares = new Map();
  for (const topic of topicsOf(members)) {
    const wanting = byId(members).filter(({ topics }) => topics.includes(topic));
    const partitions = partitionsOf(topic);
    const [most, rest] = [Math.ceil(partitions.length / wanting.length), partitions.length % wanting.length];
    let at = 0;
    for (const [i, { memberId }] of wanting.entries()) {
      const count = rest === 0 || i < rest ? most : most - 1;
      for (const partition of partitions.slice(at, at + count)) give(shares, memberId, topic, partition);
      at += count;
    }
  }
  return shares;
}

function byId(members: readonly Subscriber[]): readonly Subscriber[] {
  return [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
}

function topicsOf(members: readonly Subscriber[]): readonly string[] {
  return [...new Set(members.flatMap(({ topics }) => topics))].sort();
}

function give(shares: Shares, memberId: string, topic: string, partition: number): void {
  const share = shares.get(memberId) ?? new Map<string, number[]>();
  shares.set(memberId, share);
  share.set(topic, [...(share.get(topic) ?? []), partition]);
}

/** ConsumerProtocolSubscription, version 0: int16 version, array of topics, bytes of user data. */
export function encodeSubscription(topics: readonly string[]): Buffer {
  return Buffer.concat([int16(0), int32(topics.length), ...topics.map(text), int32(0)]);
}

/** Of any version: what later ones add stands behind the topics. */
export function decodeTopics(bytes: Buffer): string[] {
  let at = 6;
  return Array.from({ length: Math.min(bytes.readInt32BE(2), bytes.length) }, () => {
    const end = at + 2 + bytes.readInt16BE(at);
    const topic = bytes.toString('utf8', at + 2, end);
    at = end;
    return topic;
  });
}

/** ConsumerProtocolAssignment, version 0: int16 version, array of topics with their partitions, bytes. */
function encodeAssignment(share: ReadonlyMap<string, readonly number[]>): Buffer {
  const topics = [...share].flatMap(([topic, partitions]) => [
    text(topic),
    int32(partitions.length),
    ...partitions.map(int32),
  ]);
  return Buffer.concat([int16(0), int32(share.size), ...topics, int32(0)]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int16(bytes.length), bytes]);
}
