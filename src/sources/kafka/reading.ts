import type { SourceContext } from '../../contract/source.ts';
import type { KafkaMessage } from '../../support/kafka/client.ts';
import type { ConsumerSettings } from '../../support/kafka/settings.ts';
import { type Assignment, partitionName } from './assignment.ts';
import { CaughtUp } from './caught-up.ts';
import { Held } from './held.ts';
import { Inbox } from './inbox.ts';
import type { Member } from './member.ts';
import { type Fetched, type MemberHost, PositionLost, type Seek } from './membership.ts';
import { Portions } from './portions.ts';
import type { Starts } from './starts.ts';

/** What a rebalance leaves for noticing it, and for joining in time. */
const JOIN_MARGIN_MS = 2_000;
const SHORTEST_DEADLINE_MS = 1_000;
/** For a membership that is lost anyway: what is in work ends, but nothing of it can be committed. */
const LOST_DEADLINE_MS = 500;

/**
 * The partitions that are this process's at the moment, and what was fetched of them. Whenever the group shares
 * partitions out anew, all of them are given up (kafkajs knows no other way): what was fetched is thrown away, what
 * has begun ends in bounded time and is committed, and a new epoch begins with what the group assigns.
 */
export class Reading implements MemberHost {
  readonly inbox = new Inbox();
  readonly caughtUp = new CaughtUp();
  readonly partitions = new Map<string, Held>();
  member: Member | undefined;
  /** Why reading cannot go on; `read` throws it. */
  failure: unknown;
  private readonly ctx: SourceContext;
  private readonly starts: Starts;
  private readonly deadlineMs: number;
  private readonly unwanted: ReadonlySet<string>;
  private readonly stopped = new AbortController();
  private readonly doubted = new Set<string>();
  private epoch = 0;

  constructor(ctx: SourceContext, starts: Starts, settings: ConsumerSettings, unwanted: ReadonlySet<string>) {
    this.ctx = ctx;
    this.starts = starts;
    this.unwanted = unwanted;
    const { rebalanceTimeoutMs, heartbeatIntervalMs } = settings;
    this.deadlineMs = Math.max(
      rebalanceTimeoutMs - heartbeatIntervalMs - JOIN_MARGIN_MS,
      SHORTEST_DEADLINE_MS,
    );
  }

  /** The pipeline has finished: whatever waits goes on. */
  stop(): void {
    this.stopped.abort();
    this.inbox.clear();
    this.inbox.nudgeReader();
  }

  fail(error: unknown): void {
    this.failure = error;
    this.inbox.nudgeReader();
  }

  /** The membership is over, or was: nothing can be committed any more. */
  async lost(): Promise<void> {
    await this.giveUp(LOST_DEADLINE_MS);
  }

  async leaving(late: boolean): Promise<void> {
    if (late) return this.lost();
    // A pipeline that is stopping finishes what it has begun, commits it, and leaves the group by itself.
    if (this.ctx.signal.aborted) await this.ctx.clock.sleep(this.deadlineMs, this.stopped.signal);
    await this.giveUp(this.deadlineMs);
  }

  async assigned(assignment: Assignment): Promise<readonly Seek[]> {
    const { member } = this;
    this.epoch += 1;
    const { epoch } = this;
    if (member === undefined) return [];
    const begins = await this.starts.find(assignment, member);
    if (epoch !== this.epoch) return [];
    this.partitions.clear();
    const seeks: Seek[] = [];
    for (const { topic, partition, beginning, end } of begins) {
      const name = partitionName(topic, partition);
      const origin = { topic, number: partition, partition: name, epoch, source: `/evrun/kafka/${topic}` };
      this.partitions.set(name, new Held(origin, beginning, end));
      this.caughtUp.aim(name, end);
      seeks.push({ topic, partition, offset: beginning.offset });
    }
    this.inbox.nudgeReader();
    return seeks;
  }

  follows(fetched: Fetched): boolean {
    return this.heldOf(fetched)?.follows(fetched) === true;
  }

  full(): boolean {
    return this.inbox.full;
  }

  room(): Promise<void> {
    return this.inbox.room();
  }

  wake(): void {
    this.inbox.wake();
  }

  take(fetched: Fetched): void {
    const held = this.heldOf(fetched);
    if (held === undefined || (fetched.messages.length === 0 && !this.mayPass(held, fetched))) return;
    held.take(fetched);
    this.starts.reached(held.origin.partition, fetched.next);
    this.caughtUp.something();
    const { maxBatch, prefilter } = this.ctx;
    const { origin, isDone: done } = held;
    const unwanted = this.unwanted.has(fetched.topic);
    const options = {
      origin,
      prefilter,
      done,
      unwanted,
      maxEvents: maxBatch.events,
      maxBytes: maxBatch.bytes,
    };
    this.inbox.put(new Portions(fetched, options), fetched.messages.length, bytesOf(fetched.messages));
  }

  askedInVain(): void {
    this.caughtUp.nothing(this.ctx.clock.monotonic());
    this.inbox.nothingNew();
  }

  /** All that was there at the start has been handed over. */
  get isCaughtUp(): boolean {
    return this.inbox.empty && this.member?.joining === false && this.caughtUp.reached(this.partitions);
  }

  private async giveUp(deadlineMs: number): Promise<void> {
    this.epoch += 1;
    this.inbox.clear();
    const names = [...this.partitions.keys()];
    if (names.length > 0) {
      // What the engine waits for may itself wait for the group.
      const late = new AbortController();
      const revoked = this.ctx.revoke(names, deadlineMs).finally(() => late.abort());
      await Promise.race([revoked, this.ctx.clock.sleep(deadlineMs + 500, late.signal)]);
    }
    this.partitions.clear();
  }

  /** Records that nobody sees (control, aborted): kafkajs does not tell where their fetch was to begin. */
  private mayPass({ position, origin }: Held, { from, next }: Fetched): boolean {
    if (next <= position) return false;
    const gap = `${origin.partition} ${position}`;
    if (from <= position || this.doubted.has(gap)) return true;
    this.doubted.add(gap);
    this.member?.fail(new PositionLost(origin.partition));
    return false;
  }

  private heldOf({ topic, partition }: Fetched): Held | undefined {
    return this.partitions.get(partitionName(topic, partition));
  }
}

/** About: values stand one behind another in the bytes of their fetch, or are much alike. */
function bytesOf(messages: readonly KafkaMessage[]): number {
  const first = messages[0]?.value;
  const last = messages.at(-1)?.value;
  if (!first || !last) return messages.length;
  if (first.buffer === last.buffer) return last.byteOffset + last.length - first.byteOffset;
  let bytes = 0;
  for (const { value } of messages) bytes += value === null ? 0 : value.length;
  return bytes;
}
