import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lock } from './cache.ts';
import { keptInRun, pathInRun } from './keep.ts';

type Started<T> = { readonly value: T } | { readonly error: string };

/**
 * Starts something once per test run, whoever asks first: `start` gets a folder whose servers end with the run, and
 * returns what others need to reach it (plain JSON). A start that failed fails for everyone, with the same reason.
 */
export async function oncePerRun<T>(name: string, start: (folder: string) => Promise<T>): Promise<T> {
  const folder = pathInRun(name);
  const known = join(folder, 'started.json');
  if (!existsSync(known)) {
    mkdirSync(folder, { recursive: true });
    const release = await lock(join(folder, 'lock'));
    try {
      if (!existsSync(known)) writeWhole(known, await attempt(() => start(keptInRun(name))));
    } finally {
      release();
    }
  }
  const started = JSON.parse(readFileSync(known, 'utf8')) as Started<T>;
  if ('error' in started) throw new Error(started.error);
  return started.value;
}

async function attempt<T>(start: () => Promise<T>): Promise<Started<T>> {
  try {
    return { value: await start() };
  } catch (error) {
    return {
      error: error instanceof Error ? `${error.message} (${error.cause ?? 'no cause'})` : String(error),
    };
  }
}

function writeWhole(path: string, value: unknown): void {
  writeFileSync(`${path}.new`, JSON.stringify(value));
  renameSync(`${path}.new`, path);
}
