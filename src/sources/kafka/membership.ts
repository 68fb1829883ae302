import type { Batch, KafkaMessage } from '../../support/kafka/client.ts';
import type { Assignment } from './assignment.ts';

/* What a membership in a group and its owner agree on. */

/** Records of one partition as one fetch brought them. */
export interface Fetched {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly KafkaMessage[];
  /** Where the fetch was told to begin. */
  readonly from: number;
  /** The offset behind the last record, also behind control records and those of aborted transactions. */
  readonly next: number;
  /** The offset behind the newest record that the partition holds. */
  readonly end: number;
}

export function fetchedOf(batch: Batch): Fetched {
  const { fetchedOffset } = batch as Batch & { readonly fetchedOffset: string };
  return {
    topic: batch.topic,
    partition: batch.partition,
    messages: batch.messages,
    from: Number(fetchedOffset),
    next: Number(batch.lastOffset()) + 1,
    end: Number(batch.highWatermark),
  };
}

/** Where an assigned partition begins. */
export interface Seek {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface OffsetToCommit extends Seek {
  readonly metadata: string | null;
}

/** What the owner of a membership is told, and what a membership waits for. */
export interface MemberHost {
  /** Before the group is joined anew: all partitions are lost with it. Waited for. `late`: others may have them already. */
  leaving(late: boolean): Promise<void>;
  /** The partitions of this member from now on. Nothing is fetched before it says where each begins. */
  assigned(assignment: Assignment): Promise<readonly Seek[]>;
  /** Whether the fetch began where the one before it ended. */
  follows(fetched: Fetched): boolean;
  /** There is no room for more. */
  full(): boolean;
  /** Resolves when there is room, or at `wake`. */
  room(): Promise<void>;
  wake(): void;
  take(fetched: Fetched): void;
  /** A fetch waited as long as it may for records. */
  askedInVain(): void;
}

/** Errors by which the group says that this membership, or its generation, is over. */
const LOST = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
  'FENCED_INSTANCE_ID',
]);

export function isLost(error: unknown): boolean {
  for (let at = error as { type?: string; cause?: unknown } | undefined; at; at = at.cause as typeof at) {
    if (at.type !== undefined && LOST.has(at.type)) return true;
  }
  return false;
}

/** This process was stopped for longer than the group waits: its partitions are somebody else's by now. */
export class StoodStill extends Error {
  constructor(ms: number) {
    super(`this process stood still for ${Math.round(ms / 1000)} s, and others may have its partitions`);
    this.name = 'StoodStill';
  }
}

/**
 * kafkajs reads on somewhere else than where it was: it does so without a word when its offset is not there any more
 * (deleted by age, or the topic was made anew). Whoever owns the membership makes a new one and finds out why.
 */
export class PositionLost extends Error {
  readonly partition: string;

  constructor(partition: string) {
    super(`the position in ${partition} was lost`);
    this.name = 'PositionLost';
    this.partition = partition;
  }
}
