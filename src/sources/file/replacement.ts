import { beginsWith } from './identity.ts';
import type { Finding, Scene } from './scene.ts';
import { listed, looksRotated, openSibling, type Sibling } from './siblings.ts';
import type { StoredFile } from './stored.ts';

/** No file in the folder is the one that was read at the path: it has other content now, or was replaced. */
export async function replacement(
  scene: Scene,
  strangers: readonly Sibling[],
  /** New files that are read anyway. */
  others: readonly Sibling[],
): Promise<Finding> {
  const { file, before, held, follow } = scene;
  const { path } = file;
  const same = before.findLast(({ inode }) => inode === file.inode);
  if (same !== undefined) return truncation(path, same, strangers);
  for (const { head } of before) {
    if (head.bytes === 0 || !(await beginsWith(file.handle, head))) continue;
    const sentence = `${path} was replaced by a file that begins like it: reading it from the start, so lines that are done may come again`;
    return { missed: [], level: 'warn', sentence };
  }
  const other = `${path} is another file than the one that was read: reading it from the start`;
  // Matched by a pattern too, it is read under its new name.
  const renamed = others.some(({ name }) => looksRotated(name, path));
  if (held || renamed) return { missed: [], level: 'info', sentence: other };
  const rotated = strangers.filter(({ name }) => looksRotated(name, path));
  const where = rotated.length === 0 ? '' : `; it may be in ${listed(rotated)}`;
  return {
    missed: [],
    level: follow || rotated.length > 0 ? 'warn' : 'info',
    sentence: `${other}. If the old one had grown since, its end was not read${where}`,
  };
}

async function truncation(path: string, stored: StoredFile, strangers: readonly Sibling[]): Promise<Finding> {
  const told = `${path} was truncated or written anew while nobody read it: reading it from the start`;
  const copied = await inCopy(stored, strangers);
  if (copied !== undefined)
    return {
      missed: [],
      level: copied.unread > 0 ? 'warn' : 'info',
      sentence: `${told}. ${copied.sentence}`,
    };
  const rotated = strangers.filter(({ name }) => looksRotated(name, path));
  const where = rotated.length === 0 ? '' : `; a copy may be in ${listed(rotated)}`;
  return {
    missed: [],
    level: 'warn',
    sentence: `${told}. What had been written behind byte ${stored.next} before was not read${where}`,
  };
}

/** Whoever truncates a log copies it before: where that copy is found, it tells how much was not read. */
export async function inCopy(
  read: Pick<StoredFile, 'head' | 'next'>,
  beside: readonly Sibling[],
): Promise<{ unread: number; sentence: string } | undefined> {
  const copy = await copyOf(read, beside);
  if (copy === undefined) return undefined;
  const unread = copy.size - read.next;
  if (unread === 0) return { unread, sentence: `All of its copy ${copy.path} was read` };
  return {
    unread,
    sentence: `Its copy ${copy.path} has ${unread} bytes behind byte ${read.next} that were not read`,
  };
}

/** The file that begins as the old content did and is as long as what was read of it; of several the newest. */
async function copyOf(
  { head, next }: Pick<StoredFile, 'head' | 'next'>,
  beside: readonly Sibling[],
): Promise<Sibling | undefined> {
  if (head.bytes === 0) return undefined;
  let newest: Sibling | undefined;
  for (const one of beside) {
    if (one.size < Math.max(next, head.bytes)) continue;
    if (newest !== undefined && newest.writtenAt >= one.writtenAt) continue;
    const file = await openSibling(one);
    if (file === undefined) continue;
    if (await beginsWith(file.handle, head)) newest = one;
    await file.handle.close();
  }
  return newest;
}
