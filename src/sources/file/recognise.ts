import { createHash } from 'node:crypto';
import type { Logger } from '../../contract/log.ts';
import { beginsWith, byteAt, headOf, lineStart, longerHead } from './identity.ts';
import { openSibling, siblings, stemOf } from './siblings.ts';
import type { Positions, StoredFile } from './stored.ts';
import type { OpenFile, TrackedFile } from './tracked-file.ts';

export interface Recognised {
  readonly partition: string;
  readonly stored: StoredFile;
}

const NEWLINE = 10;
const RETURN = 13;

/**
 * The position of this very file: same inode, same first bytes, and long enough to hold it. One that was read
 * in this run goes on where reading ended; another where its stored position says.
 */
export async function recognise(
  file: OpenFile,
  positions: Positions,
  read: ReadonlyMap<string, TrackedFile>,
  /** Gets the partitions of content that is gone: they must be forgotten, lest they are taken for the new one. */
  stale: Set<string>,
  log: Logger,
): Promise<Recognised | undefined> {
  for (const [partition, stored] of positions.withInode(file.inode)) {
    const before = read.get(partition);
    if (before?.replaced === true || !(await beginsWith(file.handle, stored.head))) continue;
    if (before !== undefined && before.readTo <= file.size) {
      return { partition, stored: { ...before.state, next: before.readTo, done: [] } };
    }
    if (file.gzip) return { partition, stored };
    if (stored.next > file.size) {
      stale.add(partition);
      continue;
    }
    if (before !== undefined) continue;
    const head = await longerHead(file.handle, stored.head, file.size);
    return { partition, stored: { ...(await atLineStart(file, stored, log)), head } };
  }
  return undefined;
}

/** A partition for content that was never seen before, under a name that no other content has had. */
export async function newPartition(file: OpenFile, taken: (name: string) => boolean): Promise<Recognised> {
  const head = await headOf(file.handle);
  const tag = createHash('sha256').update(head.hash).digest('hex').slice(0, 8);
  const name = `${BigInt(file.inode).toString(36)}-${tag}`;
  let partition = name;
  for (let n = 2; taken(partition); n += 1) partition = `${name}.${n}`;
  return { partition, stored: { path: file.path, inode: file.inode, head, next: 0, done: [] } };
}

/**
 * A file that was rotated away while nobody looked: renamed within its folder to a name that begins alike
 * (`app.log` → `app.log.1`, `app-20260801.log`), with lines that were not read.
 */
export async function findMoved(stored: StoredFile): Promise<OpenFile | undefined> {
  for (const sibling of await siblings(stored.path, stemOf(stored.path))) {
    if (sibling.inode !== stored.inode || sibling.size <= stored.next) continue;
    const file = await openSibling(sibling);
    if (file === undefined) continue;
    if (await beginsWith(file.handle, stored.head)) return file;
    await file.handle.close();
  }
  return undefined;
}

/** The last line of a file may have been read before all of it was written: then it is read again, whole. */
async function atLineStart(file: OpenFile, stored: StoredFile, log: Logger): Promise<StoredFile> {
  const { next } = stored;
  if (next === 0 || next === file.size) return stored;
  if ((await byteAt(file.handle, next - 1)) === NEWLINE) return stored;
  const following = await byteAt(file.handle, next);
  if (following === NEWLINE || following === RETURN) return stored;
  const start = await lineStart(file.handle, next);
  log.warn(`the last line read of ${file.path} has grown since: reading it again from byte ${start}`);
  return { ...stored, next: start };
}
