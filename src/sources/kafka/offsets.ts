import type { Cluster } from './assigners.ts';
import type { Assignment } from './assignment.ts';
import { partitionName } from './assignment.ts';

export interface Committed {
  /** Negative: none. */
  readonly offset: number;
  readonly metadata: string | null;
}

/** The first offset that is kept, and the one behind the last that may be read. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

type Coordinator = Cluster['findGroupCoordinator'];

/** What a cluster knows about offsets, asked over the connections of a consumer. Throws what kafkajs throws. */
export class Offsets {
  private readonly cluster: Cluster;
  private readonly findGroupCoordinator: Coordinator;

  constructor(cluster: Cluster, findGroupCoordinator: Coordinator) {
    this.cluster = cluster;
    this.findGroupCoordinator = findGroupCoordinator;
  }

  /** Numbers of the topic's partitions; none where it is not known. */
  partitionsOf(topic: string): readonly number[] {
    return this.cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
  }

  async committed(groupId: string, assignment: Assignment): Promise<ReadonlyMap<string, Committed>> {
    const found = new Map<string, Committed>();
    const topics = [...assignment].map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map((partition) => ({ partition, offset: '-1' })),
    }));
    if (topics.length === 0) return found;
    const coordinator = await this.findGroupCoordinator({ groupId });
    const { responses } = await coordinator.offsetFetch({ groupId, topics });
    for (const { topic, partitions } of responses) {
      for (const { partition, offset, metadata } of partitions as readonly FetchedOffset[]) {
        found.set(partitionName(topic, partition), { offset: Number(offset), metadata: metadata ?? null });
      }
    }
    return found;
  }

  async bounds(assignment: Assignment): Promise<ReadonlyMap<string, Bounds>> {
    const [lows, highs] = await Promise.all([this.firsts(assignment), this.ends(assignment)]);
    return new Map([...highs].map(([name, high]) => [name, { low: lows.get(name) ?? 0, high }]));
  }

  firsts(assignment: Assignment): Promise<ReadonlyMap<string, number>> {
    return this.list(assignment, { fromBeginning: true });
  }

  /** With `read_committed`: where the first open transaction begins. */
  ends(assignment: Assignment): Promise<ReadonlyMap<string, number>> {
    return this.list(assignment, { fromBeginning: false });
  }

  /** Of the first record that is not older; partitions without one are left out. */
  async atTime(assignment: Assignment, time: number): Promise<ReadonlyMap<string, number>> {
    const found = await this.list(assignment, { fromTimestamp: time });
    return new Map([...found].filter(([, offset]) => offset >= 0));
  }

  private async list(
    assignment: Assignment,
    which: { fromBeginning: boolean } | { fromTimestamp: number },
  ): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    const topics = [...assignment].map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map((partition) => ({ partition })),
      ...which,
    }));
    if (topics.length === 0) return found;
    type Asked = Parameters<Cluster['fetchTopicsOffset']>[0];
    for (const { topic, partitions } of await this.cluster.fetchTopicsOffset(topics as Asked)) {
      for (const { partition, offset } of partitions) {
        found.set(partitionName(topic, partition), Number(offset));
      }
    }
    return found;
  }
}

interface FetchedOffset {
  readonly partition: number;
  readonly offset: string;
  readonly metadata?: string | null;
}
