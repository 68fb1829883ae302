import { beginsWith } from './identity.ts';
import { replacement } from './replacement.ts';
import type { Finding, Scene } from './scene.ts';
import {
  generationOf,
  listed,
  looksRotated,
  openSibling,
  type Sibling,
  siblings,
  stemOf,
  unpacked,
} from './siblings.ts';
import type { Positions, StoredFile } from './stored.ts';
import type { OpenFile } from './tracked-file.ts';

// A new file stands where another one was read. What became of that one says what may have been missed. It may be
// `app.log.3` now: then it was rotated three times, and `app.log.2` and `app.log.1` came and went while nobody looked.
// They are read, oldest first. Only a smaller number of the same name that was written to later counts: so no foreign
// file is read, and none that was there before the first run. Files in other names that rotation gives (dates, packed
// ones) have no order that can be told, and packed lines may have been read before: a warning names them.

/** While it looks, files may be renamed once more: then it looks again. */
const MOST_LOOKS = 5;

export async function whatWasMissed(scene: Scene): Promise<Finding> {
  for (let look = 1; look < MOST_LOOKS; look += 1) {
    const finding = await lookOnce(scene, false);
    if (finding !== undefined) return finding;
  }
  return (await lookOnce(scene, true)) as Finding;
}

/** Undefined: what it saw was gone when it was to be opened. With `last`, such files are told of instead. */
async function lookOnce(scene: Scene, last: boolean): Promise<Finding | undefined> {
  const { path } = scene.file;
  const { newest, strangers, others } = await besides(scene);
  if (newest === undefined) return replacement(scene, strangers, others);
  const generation = generationOf(newest.name, path) ?? 0;
  const between: Sibling[] = [];
  const untold: Sibling[] = [];
  for (const one of strangers) {
    const number = generationOf(one.name, path) ?? generation;
    if (number < generation && one.writtenAt >= newest.writtenAt) between.unshift(one);
    else if (looksRotated(one.name, path) && one.writtenAt > newest.writtenAt) untold.push(one);
  }
  const missed: OpenFile[] = [];
  for (const one of between) {
    const file = await openSibling(one);
    if (file !== undefined) missed.push(file);
    else if (last) untold.push(one);
    else {
      for (const { handle } of missed) await handle.close();
      return undefined;
    }
  }
  if (untold.length === 0) return { missed, level: 'info' };
  const sentence =
    `${path} was rotated more than once since it was read. Not read, because their order cannot be told or they ` +
    `cannot be opened: ${listed(untold)}. A recipe of their own can read them`;
  return { missed, level: 'warn', sentence };
}

interface Beside {
  /** The one that was written to last of those that were read at this path. */
  readonly newest: Sibling | undefined;
  /** Those that nobody has read and nobody will. */
  readonly strangers: readonly Sibling[];
  /** New ones that are read anyway. */
  readonly others: readonly Sibling[];
}

/** The folder's files by what is known of them. One that is being packed (`a.log.1.gz` beside `a.log.1`) is none. */
async function besides({ file, positions, isRead }: Scene): Promise<Beside> {
  let newest: Sibling | undefined;
  const strangers: Sibling[] = [];
  const others: Sibling[] = [];
  const known = new Set<string>();
  for (const one of await siblings(file.path, stemOf(file.path))) {
    if (one.id === file.id) continue;
    const stored = await storedOf(one, positions);
    if (stored === undefined) {
      (isRead(one.path) ? others : strangers).push(one);
      continue;
    }
    known.add(one.name);
    if (stored.path !== file.path) continue;
    if (newest === undefined || one.writtenAt > newest.writtenAt) newest = one;
  }
  return { newest, strangers: strangers.filter(({ name }) => !known.has(unpacked(name))), others };
}

/** What is stored of this very file. */
async function storedOf(sibling: Sibling, positions: Positions): Promise<StoredFile | undefined> {
  const stored = positions.withInode(sibling.inode);
  if (stored.length === 0) return undefined;
  const file = await openSibling(sibling);
  if (file === undefined) return undefined;
  try {
    for (const [, one] of stored) if (await beginsWith(file.handle, one.head)) return one;
    return undefined;
  } finally {
    await file.handle.close();
  }
}
