import { randomUUID } from 'node:crypto';
import { readdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../contract/clock.ts';
import type { Logger } from '../../contract/log.ts';
import { errnoOf } from './fs-errors.ts';
import { type Holder, ownHolder, parseHolder, verdictOn } from './lock-holder.ts';

/**
 * A lock on a folder, as a file that names its holder and is touched while it is held. Node has no flock.
 *
 * Lock files are numbered: `lock.1`, `lock.2`, … The highest number is the lock; whoever takes over from a dead or
 * finished holder creates the next number, which only one process can (O_EXCL), and only then deletes the lower
 * ones. The highest file is never deleted, not even by its holder, who only writes "released" into it. So the
 * highest number never falls, and a process that acts on an old look at the folder finds a higher number when it
 * looks again, and gives way.
 *
 * Taken over from: a released lock; a process of this machine that is gone; one that cannot be seen from here and
 * has been silent for 15 s; one on another machine after 60 s of silence. A holder that was only stopped that long
 * notices at its next touch: `lost` is set.
 */

export interface LockOptions {
  /** Must exist. */
  readonly dir: string;
  /** Lock files are called `<name>.<number>`. */
  readonly name: string;
  readonly log: Logger;
  readonly clock?: Clock | undefined;
  /** Waits up to 15 s for a holder whose process cannot be seen to prove alive. Default true. */
  readonly patient?: boolean;
  /** How often the file is touched while it is held. Default 5000. */
  readonly touchMs?: number;
}

export interface Lock {
  /** Path of the lock file. */
  readonly path: string;
  /** Set once another process holds the lock: nothing may be written any more. */
  readonly lost: Holder | undefined;
  release(): Promise<void>;
}

const TOUCH_MS = 5000;
const SILENT_MS = 15_000;
const SILENT_ELSEWHERE_MS = 60_000;
/** A creator that has not written its name by then has died in between. */
const UNNAMED_MS = 5000;
const LOOK_MS = 500;
const RELEASED = 'released\n';

/** The lock, or who holds it. Throws what the file system throws. */
export async function acquireLock(options: LockOptions): Promise<Lock | { readonly heldBy: Holder }> {
  const { dir, name, log, clock = systemClock } = options;
  const own = ownHolder(randomUUID(), clock.now());
  for (;;) {
    const highest = (await numbersIn(dir, name)).at(-1) ?? 0;
    if (highest > 0) {
      const path = join(dir, `${name}.${highest}`);
      const holder = await inForce(path, own, clock, options.patient ?? true);
      if (holder === 'changed') continue;
      if (holder !== undefined && !holder.gone) return { heldBy: holder.holder };
      if (holder !== undefined) {
        const { pid, host, since } = holder.holder;
        log.warn('Took over the lock of a process that ended without releasing it.', {
          path,
          pid,
          host,
          since,
        });
      }
    }
    const path = join(dir, `${name}.${highest + 1}`);
    if (!(await created(path, own))) continue;
    const all = await numbersIn(dir, name);
    if (all.at(-1) === highest + 1) {
      for (const lower of all.slice(0, -1)) await unlink(join(dir, `${name}.${lower}`)).catch(() => {});
      return held(options, own, highest + 1, clock);
    }
    // Somebody was quicker: this number comes from an old look at the folder.
    await unlink(path).catch(() => {});
  }
}

async function created(path: string, own: Holder): Promise<boolean> {
  try {
    await writeFile(path, `${JSON.stringify(own)}\n`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    // A lock without a name would keep everybody waiting.
    if (errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EIO') await unlink(path).catch(() => {});
    throw error;
  }
}

/** Who holds the lock file at `path`; undefined: nobody, it was released. */
async function inForce(
  path: string,
  own: Holder,
  clock: Clock,
  patient: boolean,
): Promise<{ holder: Holder; gone: boolean } | 'changed' | undefined> {
  const text = await readOrUndefined(path);
  if (text === undefined) return 'changed';
  if (text === RELEASED) return undefined;
  const holder = parseHolder(text);
  if (holder === undefined) return (await silent(path, UNNAMED_MS, clock)) ? undefined : 'changed';
  const verdict = verdictOn(holder, own);
  if (verdict === 'alive' || verdict === 'dead') return { holder, gone: verdict === 'dead' };
  const age = clock.now() - ((await touchedAt(path)) ?? 0);
  if (verdict === 'elsewhere') {
    // Clocks of two machines differ: what looks old must also stay so while we watch.
    const gone = age > SILENT_ELSEWHERE_MS && (await silent(path, age + TOUCH_MS + 1000, clock));
    return { holder, gone };
  }
  if (!patient && age <= SILENT_MS) return { holder, gone: false };
  return { holder, gone: await silent(path, SILENT_MS, clock) };
}

/** Waits until the file has not been touched for `ms` (true), or is touched or gone (false). */
async function silent(path: string, ms: number, clock: Clock): Promise<boolean> {
  const before = await touchedAt(path);
  if (before === undefined) return false;
  // A time in the future counts as now: a clock that was set back must not lock the pipeline out.
  const until = Math.min(before, clock.now()) + ms;
  while (clock.now() <= until) {
    await clock.sleep(LOOK_MS);
    if ((await touchedAt(path)) !== before) return false;
  }
  return true;
}

function held(options: LockOptions, own: Holder, number: number, clock: Clock): Lock {
  const { dir, name, log } = options;
  const path = join(dir, `${name}.${number}`);
  let lost: Holder | undefined;
  const timer = setInterval(() => {
    void touch(path, clock);
    void takenBy(dir, name, number).then((other) => {
      if (other === undefined || lost !== undefined) return;
      lost = other;
      log.error('Lost the lock: this process was silent for so long that another one took over.', {
        path,
        pid: other.pid,
        host: other.host,
      });
    });
  }, options.touchMs ?? TOUCH_MS).unref();
  return {
    path,
    get lost() {
      return lost;
    },
    async release() {
      clearInterval(timer);
      const text = await readOrUndefined(path).catch(() => undefined);
      // If this fails the lock is taken over all the same, as that of a process that is gone.
      if (text !== undefined && parseHolder(text)?.token === own.token) {
        await writeFile(path, RELEASED).catch(() => {});
      }
    },
  };
}

async function touch(path: string, clock: Clock): Promise<void> {
  const now = clock.now() / 1000;
  await utimes(path, now, now).catch(() => {});
}

async function takenBy(dir: string, name: string, own: number): Promise<Holder | undefined> {
  const highest = (await numbersIn(dir, name).catch(() => [])).at(-1) ?? 0;
  if (highest <= own) return undefined;
  const text = await readOrUndefined(join(dir, `${name}.${highest}`)).catch(() => undefined);
  return text === undefined ? undefined : parseHolder(text);
}

/** Ascending. */
async function numbersIn(dir: string, name: string): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (const entry of await readdir(dir)) {
    if (!entry.startsWith(`${name}.`)) continue;
    const digits = entry.slice(name.length + 1);
    if (/^[1-9][0-9]{0,14}$/.test(digits)) numbers.push(Number(digits));
  }
  return numbers.sort((a, b) => a - b);
}

async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function touchedAt(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => undefined,
  );
}
