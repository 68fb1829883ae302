import type { ConsumerState } from './consumer.ts';

/*
 * What the local store keeps per topic, and how a start decides between it and the copy that DataHub keeps. The
 * local one is newer, since it is written at every commit. But if DataHub's copy is not one that this record has
 * seen or written, somebody else has moved the pipeline since (DataHub Actions, or evrun on another machine), and
 * theirs is right.
 */

export interface StoredTopic {
  /** Null until the first page is finished: until then `floor` says how far back to begin. */
  readonly offset: string | null;
  /** Milliseconds since 1970: how far back the first start went. */
  readonly floor?: number | undefined;
  /** Milliseconds since 1970: events before it are not wanted. */
  readonly since?: number | undefined;
  /** The first answer, as it came: before it there is no offset at which it could be asked for again. */
  readonly first?: string | undefined;
  /** Marks of events beyond `offset` that are finished. */
  readonly done: readonly string[];
  /** Per consumer id: DataHub's copies that this record accounts for. More than one while it is not known which was written. */
  readonly seen: Readonly<Record<string, readonly string[]>>;
  /** When it was stored, in milliseconds since 1970. */
  readonly at: number;
}

export interface RemoteState extends ConsumerState {
  readonly consumerId: string;
}

export interface Resumption {
  readonly offset: string | undefined;
  readonly since: number | undefined;
  readonly floor?: number | undefined;
  readonly first?: string | undefined;
  readonly done: readonly string[];
  readonly from: 'this machine' | 'DataHub';
  /** When the position was stored, in milliseconds since 1970. */
  readonly at: number;
}

export function storedTopic(value: unknown): StoredTopic | undefined {
  return typeof value === 'object' && value !== null && 'offset' in value
    ? (value as StoredTopic)
    : undefined;
}

/** Where to go on; undefined where nothing is stored. `remotes`: the own id first. */
export function resumption(
  local: StoredTopic | undefined,
  remotes: readonly RemoteState[],
): Resumption | undefined {
  const foreign = remotes.filter((one) => local?.seen[one.consumerId]?.includes(one.offsetId) !== true);
  const [newest] = foreign.toSorted((a, b) => b.timestamp - a.timestamp);
  if (newest !== undefined) {
    const done = local?.offset === newest.offsetId ? local.done : [];
    return { offset: newest.offsetId, since: undefined, done, from: 'DataHub', at: newest.timestamp * 1000 };
  }
  if (local === undefined) return undefined;
  const { offset, since, floor, first, done, at } = local;
  return { offset: offset ?? undefined, since, floor, first, done, from: 'this machine', at };
}
