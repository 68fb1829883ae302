import type { EvrunError } from '../../contract/errors.ts';
import type { Progress, SourceContext } from '../../contract/source.ts';
import type { Held } from './held.ts';
import type { Member } from './member.ts';
import type { OffsetToCommit } from './membership.ts';

const AGAIN_MS = 200;
/** A connection that does not come back so soon is an outage. */
const GIVE_UP_MS = 5_000;

export interface Committing {
  /** The membership that may commit now. */
  readonly member: () => Member | undefined;
  readonly held: (partition: string) => Held | undefined;
  readonly explain: (error: unknown) => EvrunError;
}

/**
 * Stores in the group what the engine says is done. Only for partitions that are assigned, in their present epoch:
 * what is refused because the group goes on without us is forgotten, for the partition's next epoch begins at what was
 * stored. A commit waits a connection out for as long as the membership lasts.
 */
export class Commits {
  private readonly ctx: SourceContext;
  private readonly parts: Committing;
  /** False once the broker has refused to keep more than the offset. */
  private withSets = true;

  constructor(ctx: SourceContext, parts: Committing) {
    this.ctx = ctx;
    this.parts = parts;
  }

  async commit(progress: readonly Progress[]): Promise<void> {
    const since = this.ctx.clock.monotonic();
    for (;;) {
      const member = this.parts.member();
      const offsets = this.offsetsOf(progress);
      if (offsets.length === 0) return;
      if (member === undefined || member.over) return this.missed();
      try {
        if (!(await member.commit(offsets.map(({ offset }) => offset)))) return this.missed();
        for (const { held, offset } of offsets) held.committed = Math.max(held.committed, offset.offset);
        return;
      } catch (error) {
        if (this.withSets && typeOf(error) === 'OFFSET_METADATA_TOO_LARGE') this.goWithoutSets();
        else {
          const explained = this.parts.explain(error);
          const lasts = this.ctx.clock.monotonic() - since >= GIVE_UP_MS;
          if (explained.retry === 'never' || lasts || this.ctx.signal.aborted) throw explained;
          await this.ctx.clock.sleep(AGAIN_MS, this.ctx.signal);
        }
      }
    }
  }

  private offsetsOf(progress: readonly Progress[]): { held: Held; offset: OffsetToCommit }[] {
    const offsets = [];
    for (const each of progress) {
      const held = this.parts.held(each.partition);
      const offset = held?.toCommit(each, this.withSets);
      if (held !== undefined && offset !== undefined) offsets.push({ held, offset });
    }
    return offsets;
  }

  /** The epoch is over: its events come again, here or at another member. At the very end somebody must hear of it. */
  private missed(): void {
    if (!this.ctx.signal.aborted) return;
    throw this.parts.explain(new Error('the membership in the group was lost'));
  }

  private goWithoutSets(): void {
    this.withSets = false;
    this.ctx.log.warn(
      'the broker keeps too little beside an offset (offset.metadata.max.bytes) to note what was finished out of order: ' +
        'after a crash more events come again',
    );
  }
}

function typeOf(error: unknown): string | undefined {
  const { type, cause } = error as { type?: string; cause?: { type?: string } };
  return type ?? cause?.type;
}
