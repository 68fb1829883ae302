import { EvrunError } from '../../contract/errors.ts';
import type { SourceContext } from '../../contract/source.ts';
import { type Assignment, partitionName } from './assignment.ts';
import type { Member } from './member.ts';
import type { OffsetToCommit } from './membership.ts';
import type { Offsets } from './offsets.ts';
import { type Beginning, beginningOf } from './start.ts';

export interface StartOptions {
  /** The group whose positions count. */
  readonly group: string;
  readonly topics: readonly string[];
  readonly point: SourceContext['start']['point'];
  /** `auto.offset.reset: error`: a partition without a position, or with one that is gone, ends the pipeline. */
  readonly strict: boolean;
}

export interface Begin {
  readonly topic: string;
  readonly partition: number;
  readonly beginning: Beginning;
  /** The offset behind the last record at this moment. */
  readonly end: number;
}

/**
 * Finds out where every assigned partition begins, and stores it in the group where the group has nothing: otherwise
 * what is produced before the first commit would be skipped by whoever comes next.
 */
export class Starts {
  private readonly ctx: SourceContext;
  private readonly options: StartOptions;
  /** Topic → how many partitions it had before the group was joined, and whether the group knew it. */
  private readonly before = new Map<string, { readonly partitions: number; readonly known: boolean }>();
  /** Where this process was in partitions that it has or had. */
  private readonly positions = new Map<string, number>();
  private reset: boolean;

  constructor(ctx: SourceContext, options: StartOptions) {
    this.ctx = ctx;
    this.options = options;
    this.reset = ctx.start.ignoreStored;
  }

  /** Before the group is joined: which partitions are there, so that later ones are known to be new. */
  async survey(offsets: Offsets): Promise<void> {
    const { topics, group } = this.options;
    const unknown = topics.filter((topic) => !this.before.has(topic));
    if (unknown.length === 0) return;
    const all = new Map(unknown.map((topic) => [topic, offsets.partitionsOf(topic)]));
    const committed = await offsets.committed(group, all);
    for (const [topic, partitions] of all) {
      const known = partitions.some((n) => (committed.get(partitionName(topic, n))?.offset ?? -1) !== -1);
      this.before.set(topic, { partitions: partitions.length, known });
    }
  }

  /** The engine was given everything before `offset`. */
  reached(partition: string, offset: number): void {
    this.positions.set(partition, offset);
  }

  async find(assignment: Assignment, member: Member): Promise<readonly Begin[]> {
    const { group, point } = this.options;
    const { offsets } = member;
    const [committed, bounds, times] = await Promise.all([
      offsets.committed(group, assignment),
      offsets.bounds(assignment),
      point.at === 'time' ? offsets.atTime(assignment, point.time) : undefined,
    ]);
    const begins: Begin[] = [];
    for (const [topic, partitions] of assignment) {
      for (const partition of partitions) {
        const name = partitionName(topic, partition);
        const { low = 0, high = 0 } = bounds.get(name) ?? {};
        const { offset, metadata } = committed.get(name) ?? { offset: -1, metadata: null };
        const known = {
          ...{ committed: offset, metadata, low, high },
          before: this.positions.get(name),
          added: this.added(topic, partition),
        };
        const beginning = beginningOf(known, point, times?.get(name), this.reset);
        const elsewhere = beginning.gone !== undefined || (beginning.store && !known.added);
        if (this.options.strict && !this.reset && known.before === undefined && elsewhere) {
          throw this.refusal(name, beginning);
        }
        if (beginning.gone !== undefined) {
          this.ctx.log.warn(`${name}: ${beginning.gone}`, { partition: name });
        }
        begins.push({ topic, partition, beginning, end: high });
      }
    }
    await this.store(begins, member);
    this.reset = false;
    this.say(begins);
    for (const { topic, partition, beginning } of begins) {
      this.positions.set(partitionName(topic, partition), beginning.offset);
    }
    return begins;
  }

  private refusal(partition: string, { gone }: Beginning): EvrunError {
    const why = gone ?? `group ${this.options.group} has no position for it`;
    return new EvrunError(
      'EVR_SOURCE',
      `${partition}: ${why}, and auto.offset.reset: error says not to begin elsewhere. Begin with --since or --reset-offsets, or write start`,
    );
  }

  private added(topic: string, partition: number): boolean {
    const before = this.before.get(topic);
    return before !== undefined && (before.known || partition >= before.partitions);
  }

  private async store(begins: readonly Begin[], member: Member): Promise<void> {
    if (this.ctx.dryRun) return;
    const offsets: OffsetToCommit[] = [];
    for (const { topic, partition, beginning } of begins) {
      const { store, offset, foreign } = beginning;
      if (store) offsets.push({ topic, partition, offset, metadata: foreign });
    }
    if (offsets.length > 0) await member.commit(offsets);
  }

  private say(begins: readonly Begin[]): void {
    const { group } = this.options;
    const places = new Map<string, string[]>();
    for (const { topic, partition, beginning } of begins) {
      const names = places.get(beginning.where) ?? [];
      places.set(beginning.where, [...names, partitionName(topic, partition)]);
    }
    if (begins.length === 0) this.ctx.log.info('the group has no partition for this process', { group });
    for (const [where, names] of places) {
      const few = names.length > 4 ? `${names.length} partitions` : names.join(', ');
      this.ctx.log.info(`${few} ${names.length > 1 ? 'begin' : 'begins'} ${where}`, { group });
    }
  }
}
