import type { OffsetRange, SourceContext } from '../../contract/source.ts';
import type { EventsApi } from './api.ts';
import { eventTime } from './event-time.ts';
import { isBaseless, Page } from './page.ts';
import { type Answer, answerOf, type Polled, Poller } from './poller.ts';
import type { Taken } from './portions.ts';
import { Progress } from './progress.ts';
import { Selection } from './selection.ts';
import { beginningOf } from './start.ts';
import type { Resumption } from './stored.ts';

/** Events that were finished in an earlier run come again among the first ones, or not at all. */
const LONGEST_RESUMPTION = 100_000;
/** An empty answer that came sooner is not asked for again at once. */
const SHORTEST_EMPTY_POLL_MS = 100;
/** A page that is in work for longer tells how fast the work is, though it is not finished. */
const LONG_PAGE_MS = 10_000;

/** The state is no place for more. A larger first event is found by its time, if the process dies in it. */
const MOST_FIRST_BYTES = 1024 * 1024;

export interface TopicParts {
  readonly ctx: SourceContext;
  readonly api: EventsApi;
  readonly pageSize: number;
  /** Entities in which this pipeline itself keeps its positions. */
  readonly ownUrns: readonly string[];
}

/** One topic: where it is read, what is finished of it, and how a poll's answer becomes a page. */
export class Topic {
  readonly name: string;
  readonly progress: Progress;
  /** See `Beginning.floor`. */
  readonly floor: number;
  /** See `Beginning.unwantedBefore`. */
  readonly unwantedBefore: number | undefined;
  /** The first answer, for as long as it is in work: no offset leads to it. To be stored before its events are handed over. */
  first: string | undefined;
  /** What was there at the start has been read. */
  caughtUp = false;
  /** The last page found the end of the topic. */
  atEnd = false;
  private readonly parts: TopicParts;
  private readonly poller: Poller;
  private readonly openedAt: number;
  private readonly selection: Selection;
  private nextNumber = 0;
  private batches = 0;
  private askedAt = 0;
  /** Where the page goes on that is being read. */
  private ahead: string | undefined;
  /** The first answer of an earlier run, which is to be worked on again. */
  private again: Answer | undefined;
  /** How long the last poll took, if it brought nothing. */
  private emptyAfterMs: number | undefined;

  constructor(name: string, stored: Resumption | undefined, parts: TopicParts) {
    const { ctx } = parts;
    this.name = name;
    this.parts = parts;
    this.openedAt = ctx.clock.now();
    const begin = beginningOf(stored, ctx.start, this.openedAt);
    this.floor = begin.floor;
    this.unwantedBefore = begin.unwantedBefore;
    this.progress = new Progress(begin.offset, stored?.done ?? []);
    const { ownUrns } = parts;
    this.selection = new Selection(name, begin.since, this.progress, { prefilter: ctx.prefilter, ownUrns });
    this.poller = new Poller(name, begin, parts, stored?.at);
    if (stored?.first !== undefined) this.again = answerOf(stored.first);
  }

  /** See `Selection.since`. */
  get since(): number | undefined {
    return this.selection.since;
  }

  /** The next answer, however long it takes to be had. Throws EvrunError for what waiting cannot repair. */
  async fetch(closing: AbortSignal): Promise<Answer> {
    // An answer that comes at once though there is nothing must not be asked for again and again.
    if (this.emptyAfterMs !== undefined) {
      await this.parts.ctx.clock.sleep(SHORTEST_EMPTY_POLL_MS - this.emptyAfterMs, closing);
    }
    this.askedAt = this.parts.ctx.clock.monotonic();
    const { again } = this;
    this.again = undefined;
    if (again !== undefined) return again;
    return this.poller.fetch(closing, this.ahead);
  }

  /**
   * Whether the next page can be asked for before `answer` is read: it says at a glance that it has events, and where
   * reading goes on. Not where it may hold nothing but what we wrote ourselves: then there is a pause first.
   */
  foresees({ glance }: Answer): boolean {
    this.ahead = this.selection.mayHaveOwn || glance?.count === 0 ? undefined : glance?.offsetId;
    if (this.ahead !== undefined) this.emptyAfterMs = undefined;
    return this.ahead !== undefined;
  }

  /** Reads an answer and takes note of its page: from now on its events are in the engine's hands. */
  async take(answer: Answer, closing: AbortSignal): Promise<Taken> {
    const { ctx } = this.parts;
    const polled = await this.poller.read(answer, this.selection.scan(), closing);
    this.ahead = undefined;
    const { count } = polled.reply;
    if (count === 0 || this.nextNumber > LONGEST_RESUMPTION) this.progress.forgetEarlier();
    const taken = this.pageOf(polled);
    if (isBaseless(taken.page) && polled.body.length <= MOST_FIRST_BYTES) this.first = polled.body.toString();
    for (const body of this.progress.add(taken.page)) this.poller.takeBack(body);
    this.atEnd = count === 0;
    this.caughtUp ||= this.atEnd || this.isRecent(polled.reply.last());
    this.emptyAfterMs = taken.page.count === 0 ? ctx.clock.monotonic() - this.askedAt : undefined;
    return taken;
  }

  private pageOf({ before, reply, body }: Polled): Taken {
    const { name: topic } = this;
    const first = this.nextNumber;
    const batch = this.batches + 1;
    const origin = { topic, batch, first, headers: { topic }, source: `/evrun/datahub-cloud/${topic}` };
    const chosen = this.selection.choose(reply, origin);
    const { places } = chosen;
    if (places.length > 0) {
      this.nextNumber = first + places.length;
      this.batches = batch;
    }
    const content = { places, body, repeated: chosen.repeated };
    const handedOverAt = this.parts.ctx.clock.monotonic();
    const page = new Page(origin, { before, after: reply.offsetId }, content, handedOverAt);
    const { delivered, older, portions } = chosen;
    return { page, delivered, older, portions };
  }

  /** Happened after the start: whatever was there at the start came before. */
  private isRecent(value: string): boolean {
    const time = eventTime(value);
    return time !== undefined && time >= this.openedAt;
  }

  moveTo(next: number, doneBeyond: readonly OffsetRange[]): void {
    const { pace } = this.poller;
    const now = this.parts.ctx.clock.monotonic();
    for (const page of this.progress.moveTo(next, doneBeyond)) {
      pace.worked(page.count, now - page.handedOverAt);
      for (const body of page.letGo()) this.poller.takeBack(body);
    }
    if (this.progress.offset !== undefined) this.first = undefined;
    const inWork = this.progress.inWork();
    if (inWork === undefined || inWork.finished === 0) return;
    const ms = now - inWork.page.handedOverAt;
    if (ms > LONG_PAGE_MS) pace.worked(inWork.finished, ms);
  }
}
