import type { PartContext } from '../../contract/context.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { KafkaClient } from './client.ts';
import { failureOf, refusalOf } from './produce-outcome.ts';
import { type Group, type Placed, partitionName } from './produce-plan.ts';
import { openSession, type Session } from './produce-session.ts';
import type { Until } from './produce-until.ts';

export interface DeliveringOptions {
  readonly client: KafkaClient;
  /** As the protocol numbers them. */
  readonly compression: number;
  readonly log: PartContext['log'];
  readonly report: PartContext['report'];
  readonly oneTopic: boolean;
}

/** A message and why it was not written; undefined: it was. */
export type Delivered = readonly [Placed, EvrunError | undefined];

const FIRST_WAIT_MS = 100;
const MOST_WAIT_MS = 1000;

/** Writes groups of messages and waits out what passes. See `produce-session.ts` for what must not be mixed up. */
export class Delivering {
  private readonly options: DeliveringOptions;
  private session: Promise<Session> | undefined;
  /** Not used for anything new; closed once nothing is under way. */
  private readonly retired: Promise<Session>[] = [];
  private stale = false;
  private down = false;

  constructor(options: DeliveringOptions) {
    this.options = options;
  }

  connect(limit: Until): Promise<unknown> {
    return limit.race(
      this.current().catch((error: unknown) => {
        throw this.options.client.explain(error, 'connect');
      }),
      () => this.silence('connect'),
    );
  }

  /** Call while nothing is under way: what failed before must not lend its numbers to what comes now. */
  renew(): void {
    if (this.stale) this.retire(this.session);
    this.stale = false;
    for (const session of this.retired.splice(0)) abandon(session);
  }

  /**
   * Tells of each message whether it was written. One that cannot be is found out by repeating the others in smaller
   * groups: the brokers know what they have.
   */
  async deliver(group: Group, limit: Until): Promise<readonly Delivered[]> {
    try {
      await this.write(group, limit);
      return group.map((placed) => [placed, undefined]);
    } catch (error) {
      if (!(error instanceof EvrunError)) throw error;
      this.stale = true;
      const parts = error.retry === 'later' ? [group] : smallerGroups(group, error.cause);
      if (parts.length === 1) return group.map((placed) => [placed, error]);
      const all: Delivered[] = [];
      let stuck: { readonly name: string; readonly error: EvrunError } | undefined;
      for (const part of parts) {
        const name = partitionName(part[0] as Placed);
        if (stuck?.name === name) {
          for (const placed of part) all.push([placed, stuck.error]);
          continue;
        }
        const delivered = await this.deliver(part, limit);
        all.push(...delivered);
        const passing = delivered.find(([, failed]) => failed?.retry === 'later')?.[1];
        if (passing !== undefined) stuck = { name, error: passing };
      }
      return all;
    }
  }

  /** Repeats `operation` until it succeeds, refuses for good, or is over. */
  async persist<T>(what: string, limit: Until, operation: () => Promise<T>): Promise<T> {
    const { client } = this.options;
    let last: EvrunError | undefined;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, MOST_WAIT_MS)) {
      if (limit.over) throw last ?? this.silence(what);
      try {
        const result = await limit.race(operation(), () => last ?? this.silence(what));
        this.reached();
        return result;
      } catch (error) {
        const explained = error instanceof EvrunError ? error : client.explain(error, what);
        if (limit.over || explained.retry === 'never') throw explained;
        last = explained;
        this.missed(explained);
        await limit.sleep(waitMs);
      }
    }
  }

  async close(): Promise<void> {
    this.retire(this.session);
    await Promise.allSettled(this.retired.splice(0).map(async (session) => (await session).close()));
  }

  private async write(group: Group, limit: Until): Promise<void> {
    const { compression, oneTopic } = this.options;
    const topics = [...new Set(group.map(({ message }) => message.topic))].join(', ');
    let using: Promise<Session> | undefined;
    try {
      await this.persist(`write to topic ${topics}`, limit, async () => {
        using = this.current();
        try {
          await (await using).send(group, compression);
        } catch (error) {
          const failure = failureOf(error);
          if (failure === 'renew') this.retire(using);
          if (failure === 'gone') throw topicGone(topics, error);
          if (failure === 'topic' || failure === 'record') throw refusalOf(error, topics, oneTopic);
          throw error;
        }
      });
    } catch (error) {
      // Whatever is still on its way must not be written behind what is written next.
      if (limit.over && using !== undefined) {
        this.forget(using);
        abandon(using);
      }
      throw error;
    }
  }

  private current(): Promise<Session> {
    if (this.session === undefined) {
      const opening = openSession(this.options.client);
      this.session = opening;
      opening.catch(() => this.forget(opening));
    }
    return this.session;
  }

  private retire(session: Promise<Session> | undefined): void {
    if (session === undefined) return;
    this.forget(session);
    this.retired.push(session);
  }

  private forget(session: Promise<Session>): void {
    if (this.session === session) this.session = undefined;
  }

  private silence(what: string): EvrunError {
    const { brokers } = this.options.client.settings;
    return new EvrunError(
      'EVR_UNREACHABLE',
      `kafka ${brokers.join(',')}: cannot ${what}: no answer in time`,
      {
        retry: 'later',
      },
    );
  }

  private missed(error: EvrunError): void {
    const { report, log } = this.options;
    report.unreachable(error.message);
    if (!this.down) log.warn(`${error.message}; trying again`);
    this.down = true;
  }

  private reached(): void {
    if (!this.down) return;
    this.down = false;
    this.options.report.reachable();
    this.options.log.info(`kafka ${this.options.client.settings.brokers.join(',')}: writing again`);
  }
}

function abandon(session: Promise<Session>): void {
  session.then(
    (opened) => opened.abandon(),
    () => {},
  );
}

/** The group's partitions; where it holds but one and a record is at fault, its halves. */
function smallerGroups(group: Group, cause: unknown): readonly Group[] {
  const byPartition = new Map<string, Placed[]>();
  for (const placed of group) {
    const name = partitionName(placed);
    const others = byPartition.get(name);
    if (others === undefined) byPartition.set(name, [placed]);
    else others.push(placed);
  }
  if (byPartition.size > 1) return [...byPartition.values()];
  if (group.length === 1 || failureOf(cause) !== 'record') return [group];
  const half = group.length >> 1;
  return [group.slice(0, half), group.slice(half)];
}

function topicGone(topics: string, cause: unknown): EvrunError {
  return new EvrunError('EVR_UNREACHABLE', `topic ${topics} is not there any more`, {
    retry: 'later',
    cause,
  });
}
