import type { Prefilter } from '../../contract/prefilter.ts';
import { createPrefilter } from '../../support/lines/prefilter.ts';
import { eventTime } from './event-time.ts';
import { isOwnState } from './own-state.ts';
import { CloudDelivery, markOf, type PageOrigin } from './page.ts';
import type { Scan } from './poller.ts';
import { allOf, type Chosen, portionsOf } from './portions.ts';
import type { Progress } from './progress.ts';
import type { Reply } from './reply.ts';
import { placedReply, scannedReply } from './scan.ts';

/**
 * Which events of a topic the engine gets, and how much of an answer must be read to tell. Left out is what an earlier
 * run has finished, what we wrote ourselves, what is too old, and what certainly cannot pass the filters.
 */
export class Selection {
  /** Events before this time are not wanted; milliseconds since 1970. */
  since: number | undefined;
  /** The topic may hold changes to the entities in which this pipeline keeps its positions. */
  readonly mayHaveOwn: boolean;
  private readonly ownUrns: readonly string[];
  private readonly progress: Progress;
  private readonly prefilter: Prefilter | undefined;
  /** Finds what we may have written ourselves. */
  private readonly own: Prefilter | undefined;

  constructor(
    topic: string,
    since: number | undefined,
    progress: Progress,
    {
      prefilter,
      ownUrns,
    }: { readonly prefilter: Prefilter | undefined; readonly ownUrns: readonly string[] },
  ) {
    this.since = since;
    this.mayHaveOwn = topic.startsWith('MetadataChangeLog_');
    this.ownUrns = ownUrns;
    this.progress = progress;
    this.prefilter = prefilter;
    this.own = this.mayHaveOwn ? createPrefilter([ownUrns.map((urn) => [urn])]) : undefined;
  }

  /** How an answer can be read without parsing it. Marks and times can only be told from whole values. */
  scan(): Scan | undefined {
    if (this.progress.resuming || this.since !== undefined) return undefined;
    return this.wantsAll ? placedReply : this.lookingScan();
  }

  choose(reply: Reply, origin: PageOrigin): Chosen {
    if (this.wantsAll) return allOf(reply, origin);
    const { since, prefilter } = this;
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
    return {
      places: places.subarray(0, count),
      repeated,
      delivered,
      older,
      portions: portionsOf(deliveries),
    };
  }

  /** The engine gets every event: nothing of it must be known before. */
  private get wantsAll(): boolean {
    return (
      this.prefilter === undefined && !this.mayHaveOwn && !this.progress.resuming && this.since === undefined
    );
  }

  /** What must be looked at in an answer that is not parsed: what may pass, and what we may have written. */
  private lookingScan(): Scan | undefined {
    const { own, prefilter } = this;
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
    if (this.mayHaveOwn && isOwnState(value, this.ownUrns)) return true;
    if (!this.progress.resuming) return false;
    const mark = markOf(value);
    if (!this.progress.takeEarlier(mark)) return false;
    repeated.push(mark);
    return true;
  }
}
