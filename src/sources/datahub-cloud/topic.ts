import type { Prefilter } from '../../contract/prefilter.ts';
import type { OffsetRange, SourceContext } from '../../contract/source.ts';
import { createPrefilter } from '../../support/lines/prefilter.ts';
import type { EventsApi } from './api.ts';
import { eventTime } from './event-time.ts';
import { isOwnState } from './own-state.ts';
import { CloudDelivery, markOf, Page, type PageOrigin } from './page.ts';
import { type Answer, type Polled, Poller, type Scan } from './poller.ts';
import { allOf, type Chosen, portionsOf, type Taken } from './portions.ts';
import { Progress } from './progress.ts';
import type { Reply } from './reply.ts';
import { placedReply, scannedReply } from './scan.ts';
import { beginningOf } from './start.ts';
import type { Resumption } from './stored.ts';

/** Events that were finished in an earlier run come again among the first ones, or not at all. */
const LONGEST_RESUMPTION = 100_000;
/** An empty answer that came sooner is not asked for again at once. */
const SHORTEST_EMPTY_POLL_MS = 100;
/** A page that is in work for longer tells how fast the work is, though it is not finished. */
const LONG_PAGE_MS = 10_000;

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
  /** Events before this time are not wanted; milliseconds since 1970. */
  since: number | undefined;
  /** What was there at the start has been read. */
  caughtUp = false;
  /** The last page found the end of the topic. */
  atEnd = false;
  private readonly parts: TopicParts;
  private readonly poller: Poller;
  private readonly openedAt: number;
  private readonly mayHaveOwn: boolean;
  /** Finds what we may have written ourselves. */
  private readonly own: Prefilter | undefined;
  private nextNumber = 0;
  private batches = 0;
  private askedAt = 0;
  /** Where the page goes on that is being read. */
  private ahead: string | undefined;
  /** How long the last poll took, if it brought nothing. */
  private emptyAfterMs: number | undefined;

  constructor(name: string, stored: Resumption | undefined, parts: TopicParts) {
    const { ctx } = parts;
    this.name = name;
    this.parts = parts;
    this.mayHaveOwn = name.startsWith('MetadataChangeLog_');
    this.own = this.mayHaveOwn ? createPrefilter([parts.ownUrns.map((urn) => [urn])]) : undefined;
    this.openedAt = ctx.clock.now();
    const begin = beginningOf(stored, ctx.start, this.openedAt);
    this.floor = begin.floor;
    this.unwantedBefore = begin.unwantedBefore;
    this.since = begin.since;
    this.progress = new Progress(begin.offset, stored?.done ?? []);
    this.poller = new Poller(name, begin, parts, stored?.at);
  }

  /** The next answer, however long it takes to be had. Throws EvrunError for what waiting cannot repair. */
  async fetch(closing: AbortSignal): Promise<Answer> {
    // An answer that comes at once though there is nothing must not be asked for again and again.
    if (this.emptyAfterMs !== undefined) {
      await this.parts.ctx.clock.sleep(SHORTEST_EMPTY_POLL_MS - this.emptyAfterMs, closing);
    }
    this.askedAt = this.parts.ctx.clock.monotonic();
    return this.poller.fetch(closing, this.ahead);
  }

  /**
   * Whether the next page can be asked for before `answer` is read: it says at a glance that it has events, and where
   * reading goes on. Not where it may hold nothing but what we wrote ourselves: then there is a pause first.
   */
  foresees({ glance }: Answer): boolean {
    this.ahead = this.mayHaveOwn || glance?.count === 0 ? undefined : glance?.offsetId;
    if (this.ahead !== undefined) this.emptyAfterMs = undefined;
    return this.ahead !== undefined;
  }

  /** Reads an answer and takes note of its page: from now on its events are in the engine's hands. */
  async take(answer: Answer, closing: AbortSignal): Promise<Taken> {
    const { ctx } = this.parts;
    const polled = await this.poller.read(answer, this.scan(), closing);
    this.ahead = undefined;
    const { count } = polled.reply;
    if (count === 0 || this.nextNumber > LONGEST_RESUMPTION) this.progress.forgetEarlier();
    const taken = this.pageOf(polled);
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
    const chosen = this.wantsAll ? allOf(reply, origin) : this.choose(reply, origin);
    const { places } = chosen;
    if (places.length > 0) {
      this.nextNumber = first + places.length;
      this.batches = batch;
    }
    const content = { places, body, repeated: chosen.repeated };
    const handedOverAt = this.parts.ctx.clock.monotonic();
    const page = new Page(origin, { before, after: reply.offsetId }, content, handedOverAt);
    return { page, delivered: chosen.delivered, portions: chosen.portions };
  }

  /** The engine gets every event: nothing of it must be known before. */
  private get wantsAll(): boolean {
    const { prefilter } = this.parts.ctx;
    return prefilter === undefined && !this.mayHaveOwn && !this.progress.resuming && this.since === undefined;
  }

  /** Leaves out what nobody wants to hear of, what is too old, and what cannot pass. */
  private choose(reply: Reply, origin: PageOrigin): Chosen {
    const { since } = this;
    const { prefilter } = this.parts.ctx;
    const deliveries: CloudDelivery[] = [];
    const repeated: string[] = [];
    const places = new Int32Array(reply.count).fill(-1);
    const worthALook = reply.places?.length ?? reply.count;
    let nobodys = 0;
    let older = 0;
    for (let i = 0; i < worthALook; i += 1) {
      const value = reply.value(i);
      if (this.isNobodys(value, repeated)) {
        nobodys += 1;
        continue;
      }
      const index = reply.places?.[i] ?? i;
      const place = index - nobodys;
      if (since !== undefined && (eventTime(value) ?? since) < since) {
        older += 1;
      } else if (prefilter === undefined || prefilter.mayMatch(value)) {
        places[place] = index;
        deliveries.push(CloudDelivery.ofValue(origin, origin.first + place, value));
      }
    }
    const count = reply.count - nobodys;
    // What follows a page without older events may be trusted to be young enough, too.
    if (count > 0 && older === 0) this.since = undefined;
    const delivered = deliveries.length;
    return { places: places.subarray(0, count), repeated, delivered, portions: portionsOf(deliveries) };
  }

  /** Marks and times can only be told from whole values: then answers are parsed. */
  private scan(): Scan | undefined {
    if (this.progress.resuming || this.since !== undefined) return undefined;
    return this.wantsAll ? placedReply : this.lookingScan();
  }

  /** What must be looked at in an answer that is not parsed: what may pass, and what we may have written. */
  private lookingScan(): Scan | undefined {
    const { own } = this;
    const { prefilter } = this.parts.ctx;
    if (prefilter === undefined) return undefined;
    return (body) =>
      scannedReply(body, (text) => {
        const wanted = prefilter.over(text);
        const ours = own?.over(text);
        return (start, end) => wanted.mayMatch(start, end) || ours?.mayMatch(start, end) === true;
      });
  }

  /** Events that the engine never hears of: changes to our own state, and what an earlier run has finished. */
  private isNobodys(value: string, repeated: string[]): boolean {
    if (this.mayHaveOwn && isOwnState(value, this.parts.ownUrns)) return true;
    if (!this.progress.resuming) return false;
    const mark = markOf(value);
    if (!this.progress.takeEarlier(mark)) return false;
    repeated.push(mark);
    return true;
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
    const inWork = this.progress.inWork();
    if (inWork === undefined || inWork.finished === 0) return;
    const ms = now - inWork.page.handedOverAt;
    if (ms > LONG_PAGE_MS) pace.worked(inWork.finished, ms);
  }
}
