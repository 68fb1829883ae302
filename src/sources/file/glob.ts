import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, normalize, relative, resolve } from 'node:path';

/** Made for the second path: that takes longer than all else that is done for a single file. */
let natural: Intl.Collator | undefined;

/** `a2` before `a10`; a total order, so that two runs read in the same order. */
export function naturally(a: string, b: string): number {
  natural ??= new Intl.Collator('en', { numeric: true });
  return natural.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

const SET = /\[(?:![^/]|[^!/])[^\]/]*\]/g;

export function isPattern(path: string): boolean {
  return /[*?]/.test(path) || withoutSets(path) !== path;
}

/** Why a path with a `[` that nothing closes may not be found, to be put behind it; empty for any other. */
export function aboutBracket(path: string): string {
  return withoutSets(path).includes('[') ? ' (its `[` has no `]`, so it stands for itself)' : '';
}

function withoutSets(path: string): string {
  return path.replace(SET, '');
}

/**
 * Paths of what matches, in natural order: `*` and `?` stay within a name, `[abc]`, `[a-z]` and `[!a]` are sets,
 * `**` is any number of folders; a `[` without its `]` stands for itself. Names that begin with a dot match only where
 * the pattern says the dot. Folders that cannot be listed count as empty; `**` does not follow symbolic links, so it
 * cannot run in circles.
 */
export async function matchingPaths(pattern: string): Promise<string[]> {
  const absolute = pattern.startsWith('/');
  const parts = partsOf(pattern);
  const found = new Set<string>();
  await walk(absolute ? '/' : '', parts, found);
  return [...found].sort(naturally);
}

/** Whether the file at `path` would be among `matchingPaths(pattern)`. */
export function matchesPattern(pattern: string, path: string): boolean {
  const absolute = resolve(path);
  const seen = pattern.startsWith('/') ? absolute : relative(process.cwd(), absolute);
  return matchParts(partsOf(normalize(pattern)), partsOf(seen));
}

function matchParts([part, ...rest]: readonly string[], [name, ...deeper]: readonly string[]): boolean {
  if (part === undefined || name === undefined) return part === name;
  if (part !== '**')
    return (isPattern(part) ? nameTest(part)(name) : part === name) && matchParts(rest, deeper);
  const here = matchParts(rest.length === 0 ? ['*'] : rest, [name, ...deeper]);
  return here || (!name.startsWith('.') && matchParts([part, ...rest], deeper));
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

async function walk(folder: string, parts: readonly string[], found: Set<string>): Promise<void> {
  const [part, ...rest] = parts;
  if (part === undefined) return;
  if (part === '**') {
    await walk(folder, rest.length === 0 ? ['*'] : rest, found);
    for (const entry of await list(folder)) {
      if (entry.isDirectory() && !entry.name.startsWith('.'))
        await walk(join(folder, entry.name), parts, found);
    }
    return;
  }
  if (!isPattern(part)) {
    if (rest.length > 0) return walk(join(folder, part), rest, found);
    if ((await list(folder)).some(({ name }) => name === part)) found.add(join(folder, part));
    return;
  }
  const matches = nameTest(part);
  for (const entry of await list(folder)) {
    if (!matches(entry.name)) continue;
    const path = join(folder, entry.name);
    if (rest.length > 0) await walk(path, rest, found);
    else if (!entry.isDirectory()) found.add(path);
  }
}

async function list(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder === '' ? '.' : folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/**
 * Matches without backtracking over more than the last `*`, so that no pattern takes long.
 * @internal exported for tests
 */
export function nameTest(pattern: string): (name: string) => boolean {
  const tokens = tokensOf(pattern);
  const dotted = pattern.startsWith('.');
  return (name) => (dotted || !name.startsWith('.')) && matchTokens(tokens, [...name]);
}

type Token = 'star' | ((char: string) => boolean);

function matchTokens(tokens: readonly Token[], chars: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < chars.length) {
    const wanted = tokens[token];
    if (wanted === 'star') {
      star = token;
      starAt = at;
      token += 1;
    } else if (wanted?.(chars[at] as string)) {
      token += 1;
      at += 1;
    } else if (star >= 0) {
      starAt += 1;
      at = starAt;
      token = star + 1;
    } else return false;
  }
  while (tokens[token] === 'star') token += 1;
  return token === tokens.length;
}

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  const chars = [...pattern];
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] as string;
    const close = char === '[' ? chars.indexOf(']', at + (chars[at + 1] === '!' ? 3 : 2)) : -1;
    if (char === '*') {
      if (tokens.at(-1) !== 'star') tokens.push('star');
    } else if (char === '?') tokens.push(() => true);
    else if (close > 0) {
      tokens.push(setTest(chars.slice(at + 1, close)));
      at = close;
    } else tokens.push((other) => other === char);
  }
  return tokens;
}

function setTest(chars: readonly string[]): (char: string) => boolean {
  const negated = chars[0] === '!';
  const set = negated ? chars.slice(1) : chars;
  const ranges: [string, string][] = [];
  for (let at = 0; at < set.length; at += 1) {
    const from = set[at] as string;
    if (set[at + 1] === '-' && at + 2 < set.length) {
      ranges.push([from, set[at + 2] as string]);
      at += 2;
    } else ranges.push([from, from]);
  }
  return (char) => ranges.some(([from, to]) => from <= char && char <= to) !== negated;
}
