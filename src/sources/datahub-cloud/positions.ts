import { EvrunError, messageOf } from '../../contract/errors.ts';
import { Seldom } from '../../contract/seldom.ts';
import type { SourceContext } from '../../contract/source.ts';
import type { EventsApi } from './api.ts';
import { type ConsumerIds, stateAspect, stateOf, stateUrn } from './consumer.ts';
import { type RemoteState, type Resumption, resumption, type StoredTopic, storedTopic } from './stored.ts';
import type { Topic } from './topic.ts';

/*
 * Keeps positions in two places. The local store has every commit, with marks within the page. DataHub's
 * `platformResource` has the offset of the last page that was begun: every 30 s, when the source is idle, and at the
 * end, so that DataHub Actions, or evrun on another machine, can go on from there. Not being able to write the copy
 * is a warning, never a reason to stop: the local one is what a restart relies on.
 */

const SAVE_EVERY_MS = 30_000;
const SAVE_AT_CLOSE_MS = 5_000;
/** Copies whose answers were not heard, of which any may be the one that DataHub has. */
const MOST_UNHEARD = 20;
/** Marks that may be made per second of commits: about 2 % of one core. */
const MARKS_PER_SECOND = 5_000;

interface Kept {
  readonly ids: ConsumerIds;
  seen: Record<string, readonly string[]>;
  topic: Topic | undefined;
  /** Events were finished since DataHub's copy was written. */
  moved: boolean;
  /** The last offset that was committed. */
  committed: string | undefined;
}

export class Positions {
  private readonly ctx: SourceContext;
  private readonly api: EventsApi;
  private readonly kept = new Map<string, Kept>();
  private saving: Promise<void> | undefined;
  private savedAt: number;
  private readonly warned: Seldom;
  private marksLeft = MARKS_PER_SECOND;
  private marksAt: number;

  constructor(ctx: SourceContext, api: EventsApi) {
    this.ctx = ctx;
    this.api = api;
    this.savedAt = ctx.clock.monotonic();
    this.marksAt = this.savedAt;
    this.warned = new Seldom(ctx.clock);
  }

  /** URNs of the entities that this pipeline writes. */
  get urns(): readonly string[] {
    return [...this.kept.values()].map(({ ids }) => stateUrn(ids.own));
  }

  /** Where `name` goes on; undefined where nothing is stored, or where what is stored shall not count. */
  async load(name: string, ids: ConsumerIds): Promise<Resumption | undefined> {
    const remotes: RemoteState[] = [];
    for (const consumerId of [ids.own, ...ids.former]) {
      const state = await this.loadRemote(consumerId);
      if (state !== undefined) remotes.push(state);
    }
    const local = storedTopic(this.ctx.store.get(keyOf(name)));
    const seen = Object.fromEntries(remotes.map(({ consumerId, offsetId }) => [consumerId, [offsetId]]));
    const begin = this.ctx.start.ignoreStored ? undefined : resumption(local, remotes);
    this.kept.set(name, { ids, seen, topic: undefined, moved: false, committed: begin?.offset });
    return begin;
  }

  private async loadRemote(consumerId: string): Promise<RemoteState | undefined> {
    const aspect = await this.ctx.reach(`read the stored position from ${this.api.host}`, (signal) =>
      this.api.loadState(stateUrn(consumerId), signal),
    );
    const state = stateOf(aspect);
    if (typeof state !== 'string') return state === undefined ? undefined : { ...state, consumerId };
    this.ctx.log.warn(`the position that DataHub keeps for ${consumerId} is ignored: ${state}`);
    return undefined;
  }

  /** Stores where the topics begin, before their first event is handed over. */
  async begin(topics: readonly Topic[]): Promise<void> {
    for (const topic of topics) this.of(topic).topic = topic;
    await this.write(topics, Number.POSITIVE_INFINITY);
  }

  /** Stores what is finished of `topics`. `all`: with every mark, however many. */
  async commit(topics: readonly Topic[], all: boolean): Promise<void> {
    const now = this.ctx.clock.monotonic();
    const refill = ((now - this.marksAt) / 1000) * MARKS_PER_SECOND;
    this.marksLeft = Math.min(MARKS_PER_SECOND, this.marksLeft + refill);
    this.marksAt = now;
    this.marksLeft -= await this.write(topics, all ? Number.POSITIVE_INFINITY : this.marksLeft);
    for (const topic of topics) {
      const kept = this.of(topic);
      if (kept.committed !== topic.progress.offset) kept.moved = true;
      kept.committed = topic.progress.offset;
    }
    if (now - this.savedAt >= SAVE_EVERY_MS) this.saveSoon();
  }

  private async write(topics: readonly Topic[], budget: number): Promise<number> {
    const { store, clock } = this.ctx;
    let made = 0;
    const changes = topics.map((topic) => {
      const { offset } = topic.progress;
      const marked = topic.progress.marks(budget - made);
      made += marked.made;
      const value: StoredTopic = {
        offset: offset ?? null,
        floor: offset === undefined ? topic.floor : undefined,
        since: offset === undefined && topic.first === undefined ? topic.unwantedBefore : topic.since,
        first: topic.first,
        done: marked.marks,
        seen: this.of(topic).seen,
        at: clock.now(),
      };
      return { key: keyOf(topic.name), value };
    });
    await store.write(changes);
    return Math.min(made, budget);
  }

  /** Brings DataHub's copy up to date in the background, if it is not. */
  saveSoon(): void {
    if (this.saving !== undefined || this.ctx.dryRun) return;
    this.savedAt = this.ctx.clock.monotonic();
    if (![...this.kept.values()].some(isBehind)) return;
    this.saving = this.saveAll(this.ctx.signal).finally(() => {
      this.saving = undefined;
    });
  }

  /** The last copy, bounded in time. */
  async close(): Promise<void> {
    await this.saving;
    if (this.ctx.dryRun) return;
    const topics = [...this.kept.values()].flatMap(({ topic }) => topic ?? []);
    await this.commit(topics, true);
    await this.saveAll(AbortSignal.timeout(SAVE_AT_CLOSE_MS));
    await this.write(topics, Number.POSITIVE_INFINITY);
  }

  private async saveAll(signal: AbortSignal): Promise<void> {
    await Promise.all(
      [...this.kept.values()].filter(isBehind).map((kept) =>
        this.save(kept, signal).catch((error: unknown) => {
          if (!this.ctx.signal.aborted || signal !== this.ctx.signal) this.warn(error);
        }),
      ),
    );
  }

  private async save(kept: Kept, signal: AbortSignal): Promise<void> {
    const { ids, committed, topic } = kept;
    if (committed === undefined || topic === undefined) return;
    // Noted first: every commit from now on tells that this copy is ours, even if its answer is never heard. Until
    // the next commit the copy and the local position are the same.
    kept.seen = { ...kept.seen, [ids.own]: [...(kept.seen[ids.own] ?? []).slice(-MOST_UNHEARD), committed] };
    kept.moved = false;
    try {
      const aspect = stateAspect(ids.own, committed, this.ctx.clock.now());
      await this.api.saveState(stateUrn(ids.own), aspect, signal);
    } catch (error) {
      kept.moved = true;
      throw error;
    }
    kept.seen = { ...kept.seen, [ids.own]: [committed] };
  }

  private warn(error: unknown): void {
    if (!this.warned.take()) return;
    const code = error instanceof EvrunError ? error.code : undefined;
    this.ctx.log.warn(
      `DataHub's copy of the position is out of date: ${messageOf(error)}. ` +
        'The position on this machine is right; DataHub Actions would go on from an older one',
      { code },
    );
  }

  private of(topic: Topic): Kept {
    const kept = this.kept.get(topic.name);
    if (kept === undefined) throw new EvrunError('EVR_INTERNAL', `the topic ${topic.name} was never loaded`);
    return kept;
  }
}

/** DataHub's copy is older than what was committed. */
function isBehind({ moved, committed, seen, ids }: Kept): boolean {
  if (committed === undefined) return false;
  return moved || seen[ids.own]?.at(-1) === undefined;
}

function keyOf(topic: string): string {
  return `topic:${topic}`;
}
