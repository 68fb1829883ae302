import { appendFile, copyFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import file from '../../src/sources/file/index.ts';
import { generationOf, looksRotated } from '../../src/sources/file/siblings.ts';
import { contextOf, folder, MemoryStore, Reading, Said } from './world.ts';

const lines = (...values: string[]) => values.map((value) => `${value}\n`).join('');
const read = (config: object, store: MemoryStore, log = new Said()) =>
  Reading.of(file, { poll_interval_ms: 5, ...config }, contextOf({ store, log }));

/** Time stands between two writes, however coarse the clock of the file system is. */
let written = Date.parse('2026-08-01') / 1000;
async function write(path: string, ...values: string[]): Promise<void> {
  await appendFile(path, lines(...values));
  written += 60;
  await utimes(path, written, written);
}

/** As logrotate does, `app.log` → `app.log.1` → `app.log.2` and so on, the oldest of `count` first. */
async function rotate(path: string, count: number): Promise<void> {
  for (let n = count; n > 0; n -= 1) {
    await rename(n === 1 ? path : `${path}.${n - 1}`, `${path}.${n}`).catch(() => {});
  }
}

/** Everything that is there, done and stored. */
async function run(path: string, store: MemoryStore, log = new Said()): Promise<unknown[]> {
  const reading = await read({ path }, store, log);
  const values = await reading.all();
  await reading.commit();
  await reading.end();
  return values;
}

/** A log that was read to its end, with one line that came after that. */
async function logOf(...values: string[]): Promise<{ path: string; store: MemoryStore; log: Said }> {
  const path = join(await folder(), 'app.log');
  const store = new MemoryStore();
  await write(path, ...values);
  await run(path, store);
  return { path, store, log: new Said() };
}

it('stopped over several rotations, every file that came and went is read, the oldest first', async () => {
  const { path, store } = await logOf('1');
  await write(path, '2');
  for (const value of ['3', '4', '5']) {
    await rotate(path, 3);
    await write(path, value);
  }
  const reading = await read({ path }, store);
  expect(await reading.all()).toEqual(['2', '3', '4', '5']);
  expect(new Set(reading.deliveries.map(({ source }) => source))).toEqual(new Set([`/evrun/file${path}`]));
  expect(reading.deliveries.map(({ meta }) => basename((meta['file'] as { path: string }).path))).toEqual([
    'app.log.3',
    'app.log.2',
    'app.log.1',
    'app.log',
  ]);
  await reading.commit(2);
  await reading.end();
  expect(await run(path, store)).toEqual(['4', '5']);
  expect(await run(path, store)).toEqual([]);
});

it('so they are where the file that was read to its end has nothing more', async () => {
  const { path, store, log } = await logOf('1');
  for (const value of ['2', '3']) {
    await rotate(path, 2);
    await write(path, value);
  }
  expect(await run(path, store, log)).toEqual(['2', '3']);
  expect(log.lines).toContain(`reading ${path}.1, which came and went at ${path} while nobody looked`);
});

it('so they are while following, where it was rotated several times between two looks', async () => {
  const path = join(await folder(), 'app.log');
  const store = new MemoryStore();
  await write(path, '1');
  const reading = await read({ path, follow: true }, store);
  await reading.idle();
  await write(path, '2');
  for (const value of ['3', '4', '5']) {
    await rotate(path, 3);
    await write(path, value);
  }
  expect(await reading.some(5)).toEqual(['1', '2', '3', '4', '5']);
  await reading.commit();
  await reading.end();
  expect(await run(path, store)).toEqual([]);
});

it('nothing is read that stood there before, is foreign, or is read anyway', async () => {
  const dir = await folder();
  const path = join(dir, 'app.log');
  const store = new MemoryStore();
  // What counts upwards puts its newest file last: these are older, and their numbers smaller.
  await write(`${path}.1`, 'old');
  await write(`${path}.2`, 'old');
  await write(path, '1');
  await run(path, store);
  await rename(path, `${path}.3`);
  await write(join(dir, 'app.log.1x'), 'foreign');
  await write(join(dir, 'app2.log.1'), 'foreign');
  await write(join(dir, 'app.txt'), 'foreign');
  await write(path, '2');
  const log = new Said();
  expect(await run(path, store, log)).toEqual(['2']);
  expect(log.lines).toEqual([]);

  const all = new MemoryStore();
  await run(`${dir}/app.log*`, all);
  for (const value of ['3', '4']) {
    await rotate(path, 5);
    await write(path, value);
  }
  expect((await run(`${dir}/app.log*`, all, log)).sort()).toEqual(['3', '4']);
  expect(log.lines).toEqual([]);
});

it('files whose order cannot be told are not read, and a warning names them', async () => {
  const { path, store, log } = await logOf('1');
  await rename(path, `${path}.1`);
  await write(`${path}-20260802`, 'x');
  await writeFile(`${path}.7.gz`, gzipSync('x\n'));
  // Being packed just now.
  await writeFile(`${path}.1.gz`, gzipSync('x\n'));
  await write(path, '2');
  expect(await run(path, store, log)).toEqual(['2']);
  expect(log.lines).toEqual([
    `${path} was rotated more than once since it was read. Not read, because their order cannot be told or they ` +
      `cannot be opened: ${path}-20260802, ${path}.7.gz. A recipe of their own can read them`,
  ]);
});

it('truncated while stopped (copytruncate), a warning says what was lost and where its copy is', async () => {
  const { path, store, log } = await logOf('1', '2');
  await write(path, '3');
  await copyFile(path, `${path}.1`);
  await truncate(path);
  await write(path, '4');
  expect(await run(path, store, log)).toEqual(['4']);
  const told = `${path} was truncated or written anew while nobody read it: reading it from the start. `;
  expect(log.lines).toEqual([`${told}Its copy ${path}.1 has 2 bytes behind byte 4 that were not read`]);

  await copyFile(path, `${path}.1`);
  await writeFile(path, lines('another', 'content'));
  log.lines.length = 0;
  expect(await run(path, store, log)).toEqual(['another', 'content']);
  expect(log.lines).toEqual([`${told}All of its copy ${path}.1 was read`]);

  await rm(`${path}.1`);
  await writeFile(`${path}.1.gz`, gzipSync(lines('?')));
  await writeFile(path, lines('5'));
  log.lines.length = 0;
  expect(await run(path, store, log)).toEqual(['5']);
  expect(log.lines).toEqual([
    `${told}What had been written behind byte 16 before was not read; a copy may be in ${path}.1.gz`,
  ]);
});

it('truncated under its hands, the warning says so, too', async () => {
  const { path, store, log } = await logOf('1');
  const reading = await read({ path, follow: true }, store, log);
  await reading.idle();
  await writeFile(`${path}.1`, lines('1', '2'));
  await writeFile(path, '');
  await reading.batch();
  await write(path, '3');
  expect(await reading.some(1)).toEqual(['3']);
  expect(log.lines[0]).toMatch(
    /written anew: reading it from the start\. Its copy .*\.1 has 2 bytes behind byte 2 /,
  );
  expect(log.lines.filter((line) => line.includes('anew'))).toHaveLength(1);
});

it('a file that was replaced is read from its start, and that is said', async () => {
  const { path, store, log } = await logOf('1', '2');
  // As `sed -i` and rsync do.
  await writeFile(`${path}~`, lines('1', '2', '3'));
  await rename(`${path}~`, path);
  expect(await run(path, store, log)).toEqual(['1', '2', '3']);
  expect(log.lines[0]).toMatch(
    /replaced by a file that begins like it: reading it from the start, so lines that/,
  );

  await writeFile(`${path}.1.gz`, gzipSync(lines('?')));
  await writeFile(`${path}~`, lines('other'));
  await rename(`${path}~`, path);
  log.lines.length = 0;
  expect(await run(path, store, log)).toEqual(['other']);
  expect(log.lines).toEqual([
    `${path} is another file than the one that was read: reading it from the start. If the old one had grown ` +
      `since, its end was not read; it may be in ${path}.1.gz`,
  ]);
});

it('tells names that rotation gives from others', () => {
  const rotated = (name: string) => looksRotated(name, '/var/log/app.log');
  const names = [
    'app.log.1',
    'app.log.2.gz',
    'app.log.gz',
    'app.log-20260801',
    'app.log.2026-08-01T10:00:00Z',
  ];
  for (const name of [...names, 'app-20260801.log', 'app.1.log.gz', 'app.log.old']) {
    expect(rotated(name), name).toBe(true);
  }
  for (const name of [
    'app.log',
    'app.logs',
    'app-error.log',
    'app-error-1.log',
    'app.txt',
    'app',
    'app.log1',
  ]) {
    expect(rotated(name), name).toBe(false);
  }
  expect(looksRotated('app', 'app')).toBe(false);
  expect(looksRotated('app.1', 'app')).toBe(true);
  expect(generationOf('app.log.12', 'x/app.log')).toBe(12);
  expect(generationOf('app.log.12.gz', 'x/app.log')).toBeUndefined();
  expect(generationOf('app.log', 'x/app.log')).toBeUndefined();
});
