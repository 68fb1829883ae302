import { appendFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/contract/clock.ts';
import type { DeadLetter, DeadLetters } from '../../src/contract/dead-letter.ts';
import { type DeadLettersOptions, openDeadLetters } from '../../src/stores/dead-letters/index.ts';
import { silentLogger } from '../../src/support/logging/log-silent.ts';
import { addSecret } from '../../src/support/logging/redact.ts';
import { failingOps, folder, tinyDisk } from '../support/disk.ts';

function letter(id: string, changes: Partial<DeadLetter> = {}, error = 'it failed'): DeadLetter {
  return {
    event_type: 'EntityChangeEvent_v1',
    eventText: `{"id":"${id}"}`,
    meta: { kafka: { offset: 1 } },
    evrun: {
      id,
      pipeline: 'Tags: PII',
      recipe_hash: 'abc',
      step: 'action http',
      error: { code: 'EVR_ACTION', message: error },
      attempts: [{ at: '2026-08-01T12:00:00.000Z', error }],
      at: '2026-08-01T12:00:01.000Z',
      committed: true,
      position: { partition: '0', offset: 7 },
    },
    ...changes,
  };
}

const opened = (dir: string, extra: Partial<DeadLettersOptions> = {}): Promise<DeadLetters> =>
  openDeadLetters({ dir, pipeline: 'Tags: PII', log: silentLogger, ...extra });

async function lines(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).split('\n').slice(0, -1);
}

const visible = async (dir: string) => (await readdir(dir)).filter((name) => !name.startsWith('.')).sort();

test('the file is there from the start, where DataHub users look for it, for its owner only', async () => {
  await using dir = await folder();
  const letters = await opened(join(dir.path, 'logs'));
  expect(letters.path).toBe(join(dir.path, 'logs', 'tags__pii', 'failed_events.log'));
  expect((await stat(letters.path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(letters.path, '..'))).mode & 0o777).toBe(0o700);
  await letters.close();
});

test('a line begins with the three keys of DataHub and holds all that a replay needs', async () => {
  await using dir = await folder();
  const letters = await opened(dir.path);
  await letters.append(letter('one'));
  const [line = ''] = await lines(letters.path);
  expect(line).toMatch(
    /^\{"event_type":"EntityChangeEvent_v1","event":\{"id":"one"\},"meta":\{.*\},"evrun":\{/,
  );
  expect(JSON.parse(line)).toMatchObject({ evrun: letter('one').evrun });
  await letters.close();
});

test('the event keeps its spelling, on one line', async () => {
  await using dir = await folder();
  const letters = await opened(dir.path);
  const text = '{\n  "big": 12345678901234567890.10,\r\n  "text": "a\\nb"\n}';
  await letters.append(letter('one', { eventText: text }));
  const written = await lines(letters.path);
  expect(written).toHaveLength(1);
  expect(written[0]).toContain('"event":{   "big": 12345678901234567890.10,   "text": "a\\nb" }');
  await letters.close();
});

test('poison has null in all three keys; what cannot be written as JSON is null or kept in base64', async () => {
  await using dir = await folder();
  const letters = await opened(dir.path);
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  await letters.append(letter('p', { event_type: null, eventText: undefined, meta: null }));
  await letters.append(letter('q', { eventText: '{"torn', meta: circular }));
  const [poison, broken] = (await lines(letters.path)).map((line) => JSON.parse(line));
  expect(poison).toMatchObject({ event_type: null, event: null, meta: null });
  expect(broken).toMatchObject({ event: null, meta: null });
  expect(Buffer.from(broken.evrun.raw, 'base64').toString()).toBe('{"torn');
  await letters.close();
});

// Without `redacted` in line.ts this is red.
test('no secret reaches a dead letter by way of an error', async () => {
  await using dir = await folder();
  addSecret('s3cr3t-token');
  const letters = await opened(dir.path);
  await letters.append(letter('one', {}, 'refused s3cr3t-token at https://bob:hunter2@host/'));
  expect(await readFile(letters.path, 'utf8')).not.toMatch(/s3cr3t|hunter2/);
  await letters.close();
});

// Without the newline at the start the next letter is glued to the torn one, and both are lost to a parser.
test('a torn last line is closed, never cut', async () => {
  await using dir = await folder();
  const first = await opened(dir.path);
  await first.append(letter('one'));
  await first.close();
  await appendFile(first.path, '{"event_type":"X","ev');
  const second = await opened(dir.path);
  await second.append(letter('two'));
  const written = await lines(second.path);
  expect(written).toHaveLength(3);
  expect(written[1]).toBe('{"event_type":"X","ev');
  expect(JSON.parse(written[2] ?? '').evrun.id).toBe('two');
  await second.close();
});

test('a full file is rotated, nothing is deleted or overwritten', async () => {
  await using dir = await folder();
  const clock = { ...systemClock, now: () => Date.parse('2026-08-01T12:00:00Z') };
  const letters = await opened(dir.path, { maxBytes: 1000, clock });
  for (let n = 0; n < 10; n++) await letters.append(letter(`n${n}`));
  await letters.close();
  const folderPath = join(letters.path, '..');
  const names = await visible(folderPath);
  expect(names).toContain('failed_events.log');
  expect(names).toContain('failed_events.2026-08-01T12-00-00.000Z.log');
  expect(names).toContain('failed_events.2026-08-01T12-00-00.000Z-1.log');
  const all = (await Promise.all(names.map((name) => lines(join(folderPath, name))))).flat();
  expect(all.map((line) => JSON.parse(line).evrun.id).sort()).toEqual(
    Array.from({ length: 10 }, (_, n) => `n${n}`),
  );
});

// Without the lock both write failed_events.log.
test('a second writer on the same folder has a file of its own', async () => {
  await using dir = await folder();
  const [first, second, third] = [await opened(dir.path), await opened(dir.path), await opened(dir.path)];
  await Promise.all([first.append(letter('a')), second.append(letter('b')), third.append(letter('c'))]);
  const folderPath = join(first.path, '..');
  expect(await visible(folderPath)).toEqual([
    'failed_events.1.log',
    'failed_events.2.log',
    'failed_events.log',
  ]);
  expect((await lines(second.path)).map((line) => JSON.parse(line).evrun.id)).toEqual(['b']);
  await first.close();
  const again = await opened(dir.path);
  expect(again.path).toBe(first.path);
  await Promise.all([second.close(), third.close(), again.close()]);
});

test('a renamed file is left alone after reopen, a deleted one is made anew', async () => {
  await using dir = await folder();
  const letters = await opened(dir.path);
  await letters.append(letter('one'));
  await rename(letters.path, `${letters.path}.1`);
  await letters.reopen();
  await letters.append(letter('two'));
  expect(await lines(`${letters.path}.1`)).toHaveLength(1);
  await rm(letters.path);
  await letters.append(letter('three'));
  expect((await lines(letters.path)).map((line) => JSON.parse(line).evrun.id)).toEqual(['three']);
  await letters.close();
});

test('a failed fsync is an error that stops the pipeline, and the next letter goes to a new file', async () => {
  await using dir = await folder();
  const ops = failingOps();
  const letters = await opened(dir.path, { ops });
  await letters.append(letter('one'));
  ops.fail('sync', 'EIO');
  await expect(letters.append(letter('two'))).rejects.toMatchObject({
    code: 'EVR_DEAD_LETTERS',
    fatal: true,
  });
  await letters.append(letter('three'));
  expect((await lines(letters.path)).map((line) => JSON.parse(line).evrun.id)).toEqual(['three']);
  expect(await visible(join(letters.path, '..'))).toHaveLength(2);
  await letters.close();
});

test('a folder that cannot be written is refused at the start, saying why', async () => {
  await using dir = await folder();
  await writeFile(join(dir.path, 'file'), '');
  await expect(opened(join(dir.path, 'file'))).rejects.toMatchObject({
    code: 'EVR_DEAD_LETTERS',
    fatal: true,
    message: expect.stringMatching(
      /Cannot write the dead letters of pipeline "Tags: PII" to .*failed_events_dir\./,
    ),
  });
  await mkdir(join(dir.path, 'x', 'tags__pii', 'failed_events.log'), { recursive: true });
  await expect(opened(join(dir.path, 'x'))).rejects.toMatchObject({ code: 'EVR_DEAD_LETTERS' });
});

test('a full disk and a read-only one refuse letters instead of losing them', async (context) => {
  const disk = await tinyDisk('size=64k');
  if (disk === undefined) return context.skip('mounting a small file system needs root');
  await using _ = disk;
  const letters = await opened(disk.path);
  const big = letter('big', { eventText: JSON.stringify('x'.repeat(10_000)) });
  const full = await (async () => {
    for (;;) await letters.append(big);
  })().catch((error: unknown) => error);
  expect(full).toMatchObject({ code: 'EVR_DEAD_LETTERS', fatal: true });
  expect(String(full)).toContain('no space is left on the device');
  for (const line of await lines(letters.path)) JSON.parse(line);
  await letters.close();
  disk.remount('ro');
  await expect(opened(disk.path)).rejects.toThrow(
    /the file system is read-only \(EROFS\)\. Make the file system/,
  );
});
