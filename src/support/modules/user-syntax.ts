import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** A graph of modules is looked through only so far: each file costs a start of Node. */
const MOST_FILES = 20;
const TIMEOUT_MS = 10_000;
const RELATIVE_IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.{0,2}\/[^'"\n]+)['"]/g;

/**
 * Where the syntax error is that kept `path` from being loaded: `/home/me/notify.mjs:3`. The error itself does not
 * tell its file and line to a program, only to a terminal: so Node is asked to parse (not to run) the file, then
 * those that it imports by path. Undefined where all of them parse.
 */
export function syntaxErrorPlace(path: string): string | undefined {
  const files = [path];
  for (let i = 0; i < files.length && i < MOST_FILES; i += 1) {
    const file = files[i] as string;
    const { status, stderr } = spawnSync(process.execPath, ['--check', file], {
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      env: {},
    });
    if (status !== 0) return placeIn(stderr) ?? file;
    for (const imported of importsOf(file)) if (!files.includes(imported)) files.push(imported);
  }
  return undefined;
}

/** The first line is `/home/me/notify.mjs:3`, or the same as a URL. */
function placeIn(said: string): string | undefined {
  return /^(?:file:\/\/)?(\/.*:\d+)$/m.exec(said)?.[1];
}

function importsOf(file: string): readonly string[] {
  const found = [...readFileSync(file, 'utf8').matchAll(RELATIVE_IMPORT)];
  const paths = found.map(([, path]) => resolve(dirname(file), path as string));
  return paths.filter((path) => existsSync(path) && statSync(path).isFile());
}
