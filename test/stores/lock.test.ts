import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/contract/clock.ts';
import { acquireLock, type LockOptions } from '../../src/support/files/lock.ts';
import { type Holder, ownHolder } from '../../src/support/files/lock-holder.ts';
import { silentLogger } from '../../src/support/logging/log-silent.ts';
import { type Program, program } from '../support/child.ts';
import { folder } from '../support/disk.ts';

let child: Program;
beforeAll(async () => {
  child = await program(new URL('./lock-child.ts', import.meta.url));
});
afterAll(() => child.remove());

const acquire = (dir: string, extra: Partial<LockOptions> = {}) =>
  acquireLock({ dir, name: 'lock', log: silentLogger, ...extra });

async function won(dir: string, extra: Partial<LockOptions> = {}): Promise<boolean> {
  const lock = await acquire(dir, extra);
  if ('heldBy' in lock) return false;
  await lock.release();
  return true;
}

/** A clock in which waiting costs nothing. */
function quickClock(onSleep: () => Promise<void> | void = () => {}): Clock & { slept: number } {
  const clock = {
    ...systemClock,
    slept: 0,
    now: () => Date.now() + clock.slept,
    sleep: async (ms: number) => {
      clock.slept += ms;
      await onSleep();
    },
  };
  return clock;
}

/** A lock file as another process would have left it, last touched `ageMs` ago. */
async function left(dir: string, changes: Partial<Holder>, ageMs: number, number = 7): Promise<string> {
  const path = join(dir, `lock.${number}`);
  await writeFile(path, JSON.stringify({ ...ownHolder('other', Date.now()), ...changes }));
  const touched = (Date.now() - ageMs) / 1000;
  await utimes(path, touched, touched);
  return path;
}

test('a lock is held by one, says by whom, and is free after its release', async () => {
  await using dir = await folder();
  const lock = await acquire(dir.path);
  expect(await acquire(dir.path)).toMatchObject({ heldBy: { pid: process.pid } });
  if ('heldBy' in lock) throw new Error('not acquired');
  await lock.release();
  await lock.release();
  expect(await won(dir.path)).toBe(true);
});

test('the lock of a process that is gone is taken over, however fresh it is', async () => {
  for (const changes of [{ pid: 2 ** 30 }, { started: '1' }, { pid: 0 }, { pid: -1 }]) {
    await using dir = await folder();
    await left(dir.path, changes, 0);
    const warnings: string[] = [];
    const log = { ...silentLogger, warn: (sentence: string) => void warnings.push(sentence) };
    expect(await won(dir.path, { log })).toBe(true);
    expect(warnings).toHaveLength(1);
  }
});

test('a living process keeps its lock, however long it was silent', async () => {
  await using dir = await folder();
  await left(dir.path, { pid: process.pid }, 3_600_000);
  expect(await won(dir.path, { clock: quickClock() })).toBe(false);
});

// In containers both processes may be number 1: without the namespace the living one is taken for a dead one.
test('a process that cannot be seen from here keeps its lock while it touches it', async () => {
  for (const changes of [{ namespace: 'pid:[1]' }, { boot: 'before' }]) {
    await using dir = await folder();
    const path = await left(dir.path, { ...changes, pid: process.pid, started: '1' }, 1000);
    const clock = quickClock(async () => {
      const now = clock.now() / 1000;
      if (clock.slept >= 4000) await utimes(path, now, now);
    });
    expect(await won(dir.path, { clock })).toBe(false);
    expect(clock.slept).toBeLessThan(6000);
  }
});

test('a process that cannot be seen from here loses its lock after 15 s of silence', async () => {
  for (const changes of [{ namespace: 'pid:[1]' }, { boot: 'before' }]) {
    await using dir = await folder();
    await left(dir.path, changes, 1000);
    const clock = quickClock();
    expect(await won(dir.path, { clock, patient: false })).toBe(false);
    expect(clock.slept).toBe(0);
    expect(await won(dir.path, { clock })).toBe(true);
    expect(clock.slept).toBeGreaterThan(13_000);
    expect(clock.slept).toBeLessThan(16_000);
  }
});

test('another machine keeps its lock for 60 s of silence, and is watched before it loses it', async () => {
  await using dir = await folder();
  const elsewhere = { host: 'elsewhere', boot: 'other' };
  await left(dir.path, elsewhere, 55_000);
  const clock = quickClock();
  expect(await won(dir.path, { clock })).toBe(false);
  expect(clock.slept).toBe(0);
  const path = await left(dir.path, elsewhere, 65_000);
  const touching = quickClock(() => utimes(path, Date.now() / 1000, Date.now() / 1000));
  expect(await won(dir.path, { clock: touching })).toBe(false);
  await left(dir.path, elsewhere, 65_000);
  expect(await won(dir.path, { clock })).toBe(true);
  expect(clock.slept).toBeGreaterThan(5000);
});

test('a lock file without a name is one that was never finished', async () => {
  await using dir = await folder();
  await writeFile(join(dir.path, 'lock.3'), '{"host":');
  expect(await won(dir.path, { clock: quickClock() })).toBe(true);
  expect(await readdir(dir.path)).toEqual(['lock.4']);
});

test('a holder that was replaced while it was stopped learns of it', async () => {
  await using dir = await folder();
  const lock = await acquire(dir.path, { touchMs: 5 });
  if ('heldBy' in lock) throw new Error('not acquired');
  expect(lock.lost).toBeUndefined();
  const path = await left(dir.path, { host: 'elsewhere', pid: 42 }, 0, 1000);
  while (lock.lost === undefined) await new Promise(setImmediate);
  expect(lock.lost).toMatchObject({ host: 'elsewhere', pid: 42 });
  const before = await readFile(path, 'utf8');
  await lock.release();
  expect(await readFile(path, 'utf8')).toBe(before);
});

// With the highest number deleted on release, or lower ones deleted before the own one exists, two can win.
test('of many processes that race for a free, released or abandoned lock exactly one wins', async () => {
  await using dir = await folder();
  let abandoned: ChildProcess | undefined;
  for (let round = 0; round < 6; round++) {
    const racers = await Promise.all(Array.from({ length: 5 }, () => start(dir.path)));
    for (const racer of racers) racer.process.stdin?.write('go\n');
    const answers = await Promise.all(racers.map((racer) => racer.line()));
    expect(answers.filter((answer) => answer === 'won')).toHaveLength(1);
    const winner = racers[answers.indexOf('won')];
    for (const answer of answers) {
      if (answer !== 'won') expect(answer).toBe(`refused ${winner?.process.pid}`);
    }
    // Every other round the holder is killed instead of asked to release.
    abandoned = winner?.process;
    const ends = racers.map((racer) => once(racer.process, 'close'));
    if (round % 2 === 0) abandoned?.kill('SIGKILL');
    for (const racer of racers) racer.process.stdin?.end();
    await Promise.all(ends);
  }
  expect(await won(dir.path)).toBe(true);
  expect((await readdir(dir.path)).filter((name) => name.startsWith('lock.'))).toHaveLength(1);
});

async function start(dir: string): Promise<{ process: ChildProcess; line(): Promise<string> }> {
  const process = child.start([dir]);
  process.stdin?.on('error', () => {});
  const lines = createInterface({ input: process.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const line = async () => String((await lines.next()).value);
  expect(await line()).toBe('ready');
  return { process, line };
}
