import { EvrunError } from '../../contract/errors.ts';
import type { OutMessage } from './produce-message.ts';
import { BATCH_BYTES, recordBytes } from './produce-message.ts';
import { TooLargeError } from './produce-outcome.ts';
import { partitionOfKey } from './produce-partition.ts';

/** What must be known of a topic before anything is sent to it. */
export interface TopicFacts {
  /** The broker that leads each partition, by the partition's number. */
  readonly leaders: readonly number[];
  /** The most bytes of one batch of records, compressed (`max.message.bytes`). Undefined: it may not be asked for. */
  readonly maxBytes: number | undefined;
}

/** A message that has its partition. */
export interface Placed {
  /** Its place in the call. */
  readonly index: number;
  readonly message: OutMessage;
  readonly partition: number;
}

/** Names the partition among all topics. */
export function partitionName({ message, partition }: Placed): string {
  return `${partition} ${message.topic}`;
}

/** What goes to one broker in one request. */
export type Group = readonly Placed[];

export interface Plan {
  /** One after the other; the groups of a round at once. No partition stands in two groups of a round. */
  readonly rounds: readonly (readonly Group[])[];
  /** Why a message cannot be sent at all, by its place in the call. */
  readonly problems: ReadonlyMap<number, EvrunError>;
}

export interface PlanRules {
  readonly facts: ReadonlyMap<string, TopicFacts>;
  readonly compressed: boolean;
  /** For messages without a key: which of the partitions takes those of this call. */
  readonly turn: number;
  /** The most bytes of a batch where the topic's limit may not be asked for; default 1,000,000. */
  readonly usualBytes?: number | undefined;
}

/** Of a topic whose limit may not be asked for. Kafka's own default is 1,048,588. */
const USUAL_BYTES = 1_000_000;
/** A request beyond 100 MB makes a broker cut the connection, and no error says why. */
const MOST_BYTES = 64 * 1024 * 1024;
/** The client groups messages in a time that grows with the square of their number. */
const MOST_MESSAGES = 1000;

/**
 * Puts messages into requests: all of a partition in their order, none larger than its topic takes, and one broker
 * to each, so that a broker that fails takes nothing with it. Messages whose topic `facts` does not know are left out.
 */
export function planOf(messages: readonly OutMessage[], rules: PlanRules): Plan {
  const rounds: Map<number, Placed[]>[] = [];
  const problems = new Map<number, EvrunError>();
  const fill = new Map<string, { round: number; bytes: number; messages: number }>();
  messages.forEach((message, index) => {
    const facts = rules.facts.get(message.topic);
    if (facts === undefined) return;
    const bytes = recordBytes(message);
    const partition = partitionFor(message, facts.leaders.length, rules.turn);
    const problem = problemOf(message, bytes, partition, facts, rules.compressed);
    if (problem !== undefined) {
      problems.set(index, problem);
      return;
    }
    const limit = (facts.maxBytes ?? rules.usualBytes ?? USUAL_BYTES) - BATCH_BYTES;
    const placed: Placed = { index, message, partition };
    const name = partitionName(placed);
    const place = fill.get(name) ?? { round: 0, bytes: 0, messages: 0 };
    fill.set(name, place);
    if (place.messages > 0 && (place.bytes + bytes > limit || place.messages >= MOST_MESSAGES)) {
      place.round += 1;
      place.bytes = 0;
      place.messages = 0;
    }
    place.bytes += bytes;
    place.messages += 1;
    const leader = facts.leaders[partition] as number;
    const round = rounds[place.round] ?? new Map<number, Placed[]>();
    rounds[place.round] = round;
    const group = round.get(leader);
    if (group === undefined) round.set(leader, [placed]);
    else group.push(placed);
  });
  return { rounds: rounds.map((round) => [...round.values()]), problems };
}

function partitionFor({ partition, key }: OutMessage, partitions: number, turn: number): number {
  if (partition !== undefined) return partition;
  return key === undefined ? turn % partitions : partitionOfKey(key, partitions);
}

function problemOf(
  { topic }: OutMessage,
  bytes: number,
  partition: number,
  { leaders, maxBytes }: TopicFacts,
  compressed: boolean,
): EvrunError | undefined {
  if (!Number.isInteger(partition) || partition < 0 || partition >= leaders.length)
    return new EvrunError(
      'EVR_ACTION',
      `topic ${topic} has the partitions 0 to ${leaders.length - 1}, got ${partition}`,
    );
  // What a compressed batch comes to is known to the broker only; it says so if it is too large.
  const most = compressed || maxBytes === undefined ? MOST_BYTES : maxBytes;
  if (bytes + BATCH_BYTES <= most) return undefined;
  const taken =
    most === maxBytes
      ? `topic ${topic} takes at most ${most} (its max.message.bytes)`
      : `${most} is the most that can be sent`;
  return new TooLargeError(
    `the record is ${bytes + BATCH_BYTES} bytes, ${taken}. Send less of the event, or raise the limit`,
  );
}
