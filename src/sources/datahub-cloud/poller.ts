import { EvrunError } from '../../contract/errors.ts';
import type { SourceContext } from '../../contract/source.ts';
import { type EventsApi, OffsetRefused, PageTooLarge } from './api.ts';
import { missingBetween } from './offset-id.ts';
import { Pace } from './pace.ts';
import { type Reply, replyOf } from './reply.ts';
import { glanceAt } from './scan.ts';

/** An answer as it came, not yet read. */
export interface Answer {
  readonly body: Buffer;
  /** How many events were asked for. */
  readonly limit: number;
  /** The offset id that was asked for; undefined on a first poll. */
  readonly after: string | undefined;
  /** What can be told of it without reading it: where the next poll goes on, and how many events it says it has. */
  readonly glance: { readonly offsetId: string; readonly count: number } | undefined;
}

/** One that was kept from an earlier run, in which it was the first. */
export function answerOf(text: string): Answer {
  const body = Buffer.from(text);
  return { body, limit: FIRST_LIMIT, after: undefined, glance: glanceAt(body) };
}

/** Undefined for an answer that must be parsed. */
export type Scan = (body: Buffer) => Reply | undefined;

export interface Polled {
  readonly reply: Reply;
  /** The offset id that was asked for; undefined on a first poll. */
  readonly before: string | undefined;
  readonly body: Buffer;
}

/**
 * At the end of a topic, before the first answer, there is no offset to come back to, so it shall bring as little as
 * can be, and soon: mostly nothing but the offset.
 */
const FIRST_LIMIT = 1;
const FIRST_SECONDS = 1;
/** Smaller pages are not worth it. */
const WORTH_KEEPING_BYTES = 1024 * 1024;
/** More than the one that comes in and the one that is read are never needed. */
const MOST_SPARE = 2;

/** Asks for page after page of one topic, and says so where events are missing between two of them. */
export class Poller {
  readonly pace: Pace;
  private readonly topic: string;
  private readonly ctx: SourceContext;
  private readonly api: EventsApi;
  private offsetId: string | undefined;
  private readonly lookbackDays: number | undefined;
  /** When the position that was resumed at was stored. */
  private readonly resumedAt: number | undefined;
  /** Memory of pages that are done with: new memory for each would cost as much as reading them. */
  private readonly spare: Buffer[] = [];

  constructor(
    topic: string,
    begin: { readonly offset: string | undefined; readonly lookbackDays: number | undefined },
    parts: { readonly ctx: SourceContext; readonly api: EventsApi; readonly pageSize: number },
    resumedAt: number | undefined,
  ) {
    this.topic = topic;
    this.ctx = parts.ctx;
    this.api = parts.api;
    this.pace = new Pace(Math.min(parts.pageSize, this.ctx.maxBatch.events));
    this.offsetId = begin.offset;
    this.lookbackDays = begin.lookbackDays;
    this.resumedAt = resumedAt;
  }

  /** The next answer, however long it takes to be had. Throws EvrunError for what waiting cannot repair. */
  fetch(closing: AbortSignal, after = this.offsetId): Promise<Answer> {
    return this.ctx.reach(this.doing, (signal) =>
      whileNeither(signal, closing, (either) => this.ask(after, either)),
    );
  }

  /** Nobody reads the bytes of a page any more. */
  takeBack(body: Buffer): void {
    if (body.buffer.byteLength >= WORTH_KEEPING_BYTES && this.spare.length < MOST_SPARE)
      this.spare.push(Buffer.from(body.buffer as ArrayBuffer));
  }

  /** Reads `answer`; one that is no page, or not the next one, is asked for again, so nothing is skipped. `scan`
   *  reads answers without parsing them, as far as it can. */
  async read(answer: Answer, scan: Scan | undefined, closing: AbortSignal): Promise<Polled> {
    const before = this.offsetId;
    let given: Answer | undefined = answer.after === before ? answer : undefined;
    const polled = await this.ctx.reach(this.doing, async (signal) => {
      const { body, limit, glance } =
        given ?? (await whileNeither(signal, closing, (either) => this.ask(before, either)));
      given = undefined;
      const reply = scan?.(body) ?? replyOf(body, this.api.host);
      if (glance === undefined && !this.atEnd(before)) this.pace.arrived(reply.count, body.length, limit);
      return { reply, body, before };
    });
    const { offsetId, count } = polled.reply;
    this.offsetId = offsetId;
    if (before !== undefined) this.tellMissing(missingBetween(before, offsetId, count));
    return polled;
  }

  /** The poll behind `after` is the first one, at the end of the topic. */
  private atEnd(after: string | undefined): boolean {
    return after === undefined && this.lookbackDays === undefined;
  }

  private get doing(): string {
    return `read ${this.topic} from ${this.api.host}`;
  }

  private async ask(after: string | undefined, signal: AbortSignal): Promise<Answer> {
    for (;;) {
      const first = this.atEnd(after);
      const limit = first ? FIRST_LIMIT : this.pace.limit;
      const { topic, lookbackDays } = this;
      try {
        const poll = {
          topic,
          limit,
          offsetId: after,
          lookbackDays,
          ...(first ? { seconds: FIRST_SECONDS } : {}),
        };
        const body = await this.api.poll(poll, signal, this.spare.pop());
        const glance = glanceAt(body);
        if (glance !== undefined && !first) this.pace.arrived(glance.count, body.length, limit);
        return { body, limit, after, glance };
      } catch (error) {
        if (error instanceof OffsetRefused) throw this.explained(error);
        if (!(error instanceof PageTooLarge) || !this.pace.tooLarge(limit)) throw error;
      }
    }
  }

  private explained(error: OffsetRefused): EvrunError {
    const since = this.resumedAt === undefined ? '' : ` since ${new Date(this.resumedAt).toISOString()}`;
    return new EvrunError(
      'EVR_SOURCE',
      `${error.message}. Nothing was skipped: events${since} that were not acted on are still to come, as far as ` +
        'DataHub has kept them. To go on from a time, start once with --since 7d',
      { cause: error },
    );
  }

  private tellMissing(missing: number | undefined): void {
    const { log } = this.ctx;
    const fields = { topic: this.topic, lost: missing };
    if (missing === undefined || missing === 0) return;
    if (missing > 0) {
      log.warn(
        `${missing} events of ${this.topic} were lost: DataHub no longer had them when they were to be read. ` +
          'They expired while the pipeline stood still or was behind: see the retention of the topic',
        fields,
      );
    } else {
      log.warn(
        `${this.topic} begins anew: DataHub went back behind the stored position, as after a topic was deleted. ` +
          'Events that were in it and not yet read are lost, others may come twice',
        { topic: this.topic },
      );
    }
  }
}

/** Runs `work` with a signal that aborts as soon as one of two does, and leaves no listener on either. */
async function whileNeither<T>(
  one: AbortSignal,
  other: AbortSignal,
  work: (either: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = new AbortController();
  const stop = (): void => either.abort(new EvrunError('EVR_SOURCE', 'the source was closed'));
  if (one.aborted || other.aborted) stop();
  one.addEventListener('abort', stop, { once: true });
  other.addEventListener('abort', stop, { once: true });
  try {
    return await work(either.signal);
  } finally {
    one.removeEventListener('abort', stop);
    other.removeEventListener('abort', stop);
  }
}
