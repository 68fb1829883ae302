import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, parse } from 'node:path';
import { naturally } from './glob.ts';
import { type OpenFile, openFile } from './tracked-file.ts';

const MOST_SIBLINGS = 10_000;

/** A file that stands in the folder of another one. */
export interface Sibling {
  readonly path: string;
  readonly name: string;
  /** Device and inode, see OpenFile. */
  readonly id: string;
  readonly inode: string;
  readonly size: number;
  /** When it was last written to, in nanoseconds. */
  readonly writtenAt: bigint;
}

/** The files in the folder of `path` whose names begin with `start`, in natural order, links followed. */
export async function siblings(path: string, start: string): Promise<Sibling[]> {
  const folder = dirname(path);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(start));
  const found: Sibling[] = [];
  for (const name of names.sort(naturally).slice(0, MOST_SIBLINGS)) {
    const path = join(folder, name);
    const stats = await stat(path, { bigint: true }).catch(() => undefined);
    if (stats === undefined || !stats.isFile()) continue;
    const { dev, ino, size, mtimeNs } = stats;
    const [id, inode] = [`${dev}:${ino}`, String(ino)];
    found.push({ path, name, id, inode, size: Number(size), writtenAt: mtimeNs });
  }
  return found;
}

/** What all names of a rotated file begin with: `app` of `app.log`. */
export function stemOf(path: string): string {
  return basename(path).replace(/\..*$/, '');
}

/** 2 for `app.log.2`, where `path` is `app.log`: the larger, the older, as logrotate counts. Else undefined. */
export function generationOf(name: string, path: string): number | undefined {
  const rest = name.slice(basename(path).length);
  return name.startsWith(basename(path)) && /^\.\d{1,9}$/.test(rest) ? Number(rest.slice(1)) : undefined;
}

const PACKED = /\.(?:gz|bz2|xz|zst|lz4|zip)$/i;
/** The name that a file had before it was packed. */
export function unpacked(name: string): string {
  return name.replace(PACKED, '');
}

const ROTATED = /^(?:|[._-](?:\d[\d.:TZ_-]*|old|prev|bak))$/i;

/** True for a name that rotation gives: `app.log.2.gz`, `app.log-20260801`, `app-20260801.log`, `app.log.old`. */
export function looksRotated(name: string, path: string): boolean {
  const { base, name: stem, ext } = parse(path);
  if (name === base) return false;
  const plain = unpacked(name);
  if (plain.startsWith(base)) return ROTATED.test(plain.slice(base.length));
  return plain.startsWith(stem) && plain.endsWith(ext) && ROTATED.test(plain.slice(stem.length, -ext.length));
}

/** Opens it; undefined where it cannot be opened, or another file has taken its name since. */
export async function openSibling({ path, id }: Sibling): Promise<OpenFile | undefined> {
  const file = await openFile(path).catch(() => undefined);
  if (file === undefined || file.id === id) return file;
  await file.handle.close();
  return undefined;
}

const MOST_NAMES = 5;

/** `a.log.1.gz, a.log.2.gz and 3 more` */
export function listed(files: readonly Sibling[]): string {
  const paths = files.slice(0, MOST_NAMES).map(({ path }) => path);
  const more = files.length - paths.length;
  return paths.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
