import type { Consumer, ConsumerConfig, EachBatchPayload, KafkaClient } from '../../support/kafka/client.ts';
import { within } from '../../support/kafka/within.ts';
import { type Cluster, standardAssigners } from './assigners.ts';
import type { Assignment } from './assignment.ts';
import { hookInto } from './cluster-hooks.ts';
import { fetchedOf, isLost, type MemberHost, type OffsetToCommit, PositionLost } from './membership.ts';
import { Offsets } from './offsets.ts';

interface Standing {
  readonly inherited: string | undefined;
  readonly alone: boolean;
}

/**
 * One membership in a consumer group, from joining to its end, which may come at any moment. A second way to fetch
 * would be another class with the same methods.
 *
 * It leaves its partitions before every join and says where each begins before every fetch (cluster-hooks.ts).
 * kafkajs's own restarts are off: whoever owns the membership makes a new one.
 */
export class Member {
  /** Resolves with the reason when the membership has ended by itself; never rejects. */
  readonly ended: Promise<unknown>;
  /** performance.now() when the group, or a broker, last answered; -Infinity: not yet. */
  heardAt = Number.NEGATIVE_INFINITY;
  /** performance.now() when the group last said that this is a member of it. */
  private knownAt = performance.now();
  /** It waits for the group to share partitions out. */
  joining = true;
  over = false;
  /** The name that the group gave to it. */
  memberId: string | undefined;
  private readonly host: MemberHost;
  private readonly consumer: Consumer;
  private readonly joined: Promise<void>;
  private end: (reason: unknown) => void = () => {};
  private arrive: () => void = () => {};
  private beat: (() => Promise<void>) | undefined;
  /** The start of every assigned partition is being found out: fetches wait. */
  private gate: Promise<void> | undefined;
  private openGate: () => void = () => {};
  private leaving: Promise<void> | undefined;
  private known: Offsets | undefined;
  private generation = 0;
  private commits = 0;
  private readonly heartbeatMs: number;
  private readonly sessionMs: number;
  private readonly alone: boolean;

  /**
   * `inherited`: the name that the group gave to a membership that ended without leaving: its place is taken over.
   * `alone`: a membership in name only, which no broker knows of and which has every partition.
   */
  constructor(client: KafkaClient, config: ConsumerConfig, host: MemberHost, { inherited, alone }: Standing) {
    this.host = host;
    this.alone = alone;
    this.memberId = inherited;
    this.heartbeatMs = client.settings.consumer.heartbeatIntervalMs;
    this.sessionMs = client.settings.consumer.sessionTimeoutMs;
    this.ended = new Promise((resolve) => {
      this.end = (reason) => {
        this.over = true;
        this.openGate();
        this.host.wake();
        resolve(reason);
      };
    });
    this.joined = new Promise((resolve) => {
      this.arrive = resolve;
    });
    this.consumer = client.consumer({
      ...config,
      partitionAssigners: standardAssigners((cluster) => this.attend(cluster)),
      retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: async () => false },
    });
    this.listen(client);
  }

  /** Throws what kafkajs throws. `before` is called when the cluster can be asked and the group not yet joined. */
  async join(topics: readonly string[], before: (offsets: Offsets) => Promise<void>): Promise<void> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await before(this.offsets);
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.eachBatch(payload),
    });
    await Promise.race([this.joined, this.ended.then((reason) => Promise.reject(reason))]);
  }

  /** What the cluster knows about offsets. */
  get offsets(): Offsets {
    if (this.known === undefined) throw new Error('the consumer has no cluster yet');
    return this.known;
  }

  /** False: it was not stored, since the membership or its generation is over. Throws other refusals and outages. */
  async commit(offsets: readonly OffsetToCommit[]): Promise<boolean> {
    if (this.over) return false;
    const before = this.commits;
    try {
      await this.consumer.commitOffsets(offsets.map((each) => ({ ...each, offset: String(each.offset) })));
    } catch (error) {
      if (isLost(error) || this.over) return false;
      throw error;
    }
    // A consumer that is stopping says nothing and stores nothing.
    return this.commits > before;
  }

  /** Ends this membership for `reason`; it may be left to `close`. */
  fail(reason: unknown): void {
    this.end(reason);
  }

  /** Leaves the group. Bounded: what kafkajs does not get done in `ms` it does behind our back. */
  async close(ms: number): Promise<void> {
    this.end(undefined);
    await within(ms, this.consumer.disconnect());
  }

  private listen(client: KafkaClient): void {
    const { consumer } = this;
    const heard = () => {
      this.heardAt = performance.now();
    };
    const known = () => {
      heard();
      this.knownAt = this.heardAt;
    };
    consumer.on(consumer.events.HEARTBEAT, known);
    const { maxWaitMs } = client.settings.consumer;
    consumer.on(consumer.events.FETCH, ({ payload }) => {
      // One that failed does not wait, and comes back just as empty.
      if (payload.duration < maxWaitMs * 0.8) return;
      heard();
      if (this.gate === undefined) this.host.askedInVain();
    });
    consumer.on(consumer.events.COMMIT_OFFSETS, () => {
      known();
      this.commits += 1;
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      known();
      this.joining = false;
      this.memberId = payload.memberId;
      this.generation += 1;
      this.prepare(new Map(Object.entries(payload.memberAssignment)));
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => this.end(payload.error));
    // Batches of which nothing is left (control records, aborted transactions) are not handed to eachBatch.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize > 0 || this.over || this.gate !== undefined) return;
      const { topic, partition, lastOffset, highWatermark } = payload;
      const next = Number(lastOffset) + 1;
      const from = payload.firstOffset === null ? next : Number(payload.firstOffset);
      heard();
      this.host.take({ topic, partition, messages: [], from, next, end: Number(highWatermark) });
    });
  }

  private attend(cluster: Cluster): void {
    const findGroupCoordinator = hookInto(cluster, {
      alone: this.alone,
      joining: async () => {
        if (this.generation > 0 && !this.over) await this.leave();
      },
      takeName: () => this.takeInheritedName(),
      fetching: () => this.gate,
    });
    this.known = new Offsets(cluster, findGroupCoordinator);
  }

  private takeInheritedName(): string | undefined {
    if (this.generation > 0) return undefined;
    const name = this.memberId;
    this.memberId = undefined;
    return name;
  }

  /** Several fetchers may find out at once that the group must be joined anew. */
  private leave(): Promise<void> {
    if (this.joining && this.leaving === undefined) return Promise.resolve();
    this.leaving ??= this.leaveOnce().finally(() => {
      this.leaving = undefined;
    });
    return this.leaving;
  }

  private async leaveOnce(): Promise<void> {
    const beating = this.keepBeating(() => {});
    try {
      await this.host.leaving(performance.now() - this.knownAt > this.sessionMs);
    } finally {
      clearInterval(beating);
    }
    this.joining = true;
  }

  private prepare(assignment: Assignment): void {
    this.openGate();
    const { generation } = this;
    this.gate = new Promise((resolve) => {
      this.openGate = () => {
        this.gate = undefined;
        resolve();
      };
    });
    const open = this.openGate;
    this.host.assigned(assignment).then(
      (seeks) => {
        if (this.over || generation !== this.generation) return;
        for (const { topic, partition, offset } of seeks) {
          this.consumer.seek({ topic, partition, offset: String(offset) });
        }
        open();
        this.arrive();
      },
      (error: unknown) => this.end(error),
    );
  }

  private async eachBatch(payload: EachBatchPayload): Promise<void> {
    const { generation, host } = this;
    this.beat = payload.heartbeat;
    const fetched = fetchedOf(payload.batch);
    if (host.full()) await this.waitForRoom(payload);
    if (this.over || generation !== this.generation || this.leaving !== undefined || payload.isStale())
      return;
    this.heardAt = performance.now();
    if (!host.follows(fetched)) {
      this.end(new PositionLost(`${fetched.topic}-${fetched.partition}`));
      return;
    }
    host.take(fetched);
    payload.resolveOffset(String(fetched.next - 1));
  }

  /** Membership goes on while the pipeline has no room; a rebalance ends the wait. */
  private async waitForRoom(payload: EachBatchPayload): Promise<void> {
    const { host, generation } = this;
    let lost: unknown;
    const beating = this.keepBeating((error) => {
      lost = error;
      host.wake();
    });
    try {
      while (host.full() && lost === undefined && !this.over && generation === this.generation) {
        if (!payload.isRunning() || this.leaving !== undefined) return;
        await host.room();
      }
    } finally {
      clearInterval(beating);
    }
    if (lost !== undefined) throw lost;
  }

  private keepBeating(lost: (error: unknown) => void): NodeJS.Timeout {
    return setInterval(() => {
      this.beat?.().then(
        () => {
          this.heardAt = this.knownAt = performance.now();
        },
        (error: unknown) => {
          if (isLost(error)) lost(error);
        },
      );
    }, this.heartbeatMs / 2);
  }
}
