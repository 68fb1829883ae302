import type { Change, Store } from '../../contract/store.ts';
import { type Ranges, rangesFrom } from '../../support/lines/done-ranges.ts';
import type { Head } from './identity.ts';

/** What is kept of one file. Found again by inode and first bytes, so that a rename loses nothing. */
export interface StoredFile {
  /** Where it was first seen: part of the ids of its events, so it stays after a rename. */
  readonly path: string;
  readonly inode: string;
  readonly head: Head;
  /** Byte before which every line has an outcome. */
  readonly next: number;
  readonly done: Ranges;
}

const FILE = 'file:';
const STARTED = 'started';

/** Files that are gone for good would pile up where each one has a new name. */
const MOST_ABSENT = 10_000;

/** The positions of a file source, in its corner of the pipeline's state. */
export class Positions {
  private readonly store: Store;
  /** Partitions by inode and by path, made when first asked for. */
  private indexed: Map<string, Set<string>> | undefined;

  constructor(store: Store) {
    this.store = store;
  }

  /** True once a run has begun: from then on a file that was not seen before is new, and read whole. */
  get started(): boolean {
    return this.store.get(STARTED) === true;
  }

  has(partition: string): boolean {
    return this.store.get(FILE + partition) !== undefined;
  }

  *all(): Iterable<[partition: string, file: StoredFile]> {
    for (const key of this.store.keys(FILE)) {
      const file = storedFile(this.store.get(key));
      if (file !== undefined) yield [key.slice(FILE.length), file];
    }
  }

  /** What is stored of files with this inode: several, where inodes were used again. */
  withInode(inode: string): [partition: string, file: StoredFile][] {
    return this.found(`inode ${inode}`);
  }

  /** What is stored of files that were first seen at this path, the oldest first: several, where it was rotated. */
  withPath(path: string): [partition: string, file: StoredFile][] {
    return this.found(`path ${path}`);
  }

  /** Positions that belong to none of `kept`, to be forgotten: all of them, or the oldest of too many. */
  surplus(kept: ReadonlySet<string>, all: boolean): string[] {
    const others: string[] = [];
    for (const key of this.store.keys(FILE)) {
      const partition = key.slice(FILE.length);
      if (!kept.has(partition)) others.push(partition);
    }
    return all ? others : others.slice(0, Math.max(0, others.length - MOST_ABSENT));
  }

  async write(
    files: Iterable<readonly [partition: string, file: StoredFile]>,
    forgotten: readonly string[] = [],
  ): Promise<void> {
    const changes: Change[] = this.started ? [] : [{ key: STARTED, value: true }];
    for (const partition of forgotten) changes.push({ key: FILE + partition, value: undefined });
    for (const [partition, file] of files) {
      changes.push({ key: FILE + partition, value: file });
      this.index(file, partition);
    }
    if (changes.length > 0) await this.store.write(changes);
  }

  private found(key: string): [partition: string, file: StoredFile][] {
    if (this.indexed === undefined) {
      this.indexed = new Map();
      for (const [partition, file] of this.all()) this.index(file, partition);
    }
    return [...(this.indexed.get(key) ?? [])].flatMap((partition) => {
      const file = storedFile(this.store.get(FILE + partition));
      return file === undefined ? [] : [[partition, file]];
    });
  }

  private index({ inode, path }: StoredFile, partition: string): void {
    if (this.indexed === undefined) return;
    for (const key of [`inode ${inode}`, `path ${path}`]) {
      const known = this.indexed.get(key);
      if (known === undefined) this.indexed.set(key, new Set([partition]));
      else known.add(partition);
    }
  }
}

function storedFile(value: unknown): StoredFile | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { path, inode, head, next, done } = value as Partial<StoredFile>;
  if (typeof path !== 'string' || typeof inode !== 'string' || !Number.isSafeInteger(next)) return undefined;
  if (!Number.isSafeInteger(head?.bytes) || typeof head?.hash !== 'string') return undefined;
  return { path, inode, head, next: next as number, done: rangesFrom(done) };
}
