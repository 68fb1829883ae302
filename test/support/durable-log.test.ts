import { mkdir, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type DurableLog,
  type DurableLogOptions,
  openDurableLog,
} from '../../src/support/files/durable-log.ts';
import { type FailingOps, failingOps, folder, tinyDisk } from './disk.ts';

interface Fixture {
  log: DurableLog;
  ops: FailingOps;
  path: string;
  text(segment: number): Promise<string>;
}

async function open(dir: string, extra: Partial<DurableLogOptions> = {}): Promise<Fixture> {
  const ops = failingOps();
  const segment = (n: number) => join(dir, `log.${n}`);
  const log = await openDurableLog({
    path: segment(1),
    what: 'the test log',
    code: 'EVR_STATE',
    otherwise: 'choose another folder',
    recreate: false,
    next: async (ended) => ({
      path: segment(Number(ended.path.split('.').at(-1)) + 1),
      header: extra.header,
    }),
    ops,
    ...extra,
  });
  return { log, ops, path: segment(1), text: (n) => readFile(segment(n), 'utf8') };
}

test('what is appended is on disk when append resolves, in order, readable by its owner only', async () => {
  await using dir = await folder();
  const { log, path, text, ops } = await open(dir.path);
  await log.append('one\n');
  expect(await text(1)).toBe('one\n');
  expect(ops.calls.at(-1)).toMatch(/^sync/);
  await Promise.all([log.append('two\n'), log.append(Buffer.from('three\n')), log.append('four\n')]);
  expect(await text(1)).toBe('one\ntwo\nthree\nfour\n');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await log.close();
});

test('concurrent appends share one write and one sync', async () => {
  await using dir = await folder();
  const { log, ops, text } = await open(dir.path);
  const before = ops.calls.length;
  await Promise.all(Array.from({ length: 1000 }, (_, n) => log.append(`${n}\n`)));
  expect(ops.calls.slice(before).map((call) => call.split(' ')[0])).toEqual(['write', 'sync']);
  expect((await text(1)).split('\n')).toHaveLength(1001);
  await log.close();
});

test('short writes are continued', async () => {
  await using dir = await folder();
  const { log, ops, text } = await open(dir.path);
  ops.writeAtMost = 3;
  await log.append('abcdefghijkl\n');
  expect(await text(1)).toBe('abcdefghijkl\n');
  await log.close();
});

// Without #endSegment after a failure the same file is synced again and this is red.
test('after a failed fsync all who wait are refused, and the file is never synced again', async () => {
  await using dir = await folder();
  const { log, ops, text } = await open(dir.path);
  await log.append('kept\n');
  const failedFd = ops.calls.at(-1);
  ops.fail('sync', 'EIO');
  const undone: string[] = [];
  const results = await Promise.allSettled([
    log.append('a\n', () => undone.push('a')),
    log.append('b\n', () => undone.push('b')),
    // Joins a group of its own while the first is being written.
    Promise.resolve().then(() => log.append('c\n', () => undone.push('c'))),
  ]);
  expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(undone).toEqual(['c', 'b', 'a']);
  expect(results[0]).toMatchObject({
    reason: {
      code: 'EVR_STATE',
      fatal: true,
      message: `Cannot write the test log to ${dir.path}/log.1: the device reports an input/output error (EIO). Check the disk and the system log, or choose another folder.`,
    },
  });
  expect(await text(1)).toBe('kept\n');
  const after = ops.calls.length;
  await log.append('next\n');
  expect(await text(1)).toBe('kept\n');
  expect(await text(2)).toBe('next\n');
  expect(ops.calls.slice(after).some((call) => call.startsWith('open') && call.endsWith('log.2'))).toBe(true);
  expect(failedFd).toBeDefined();
  await log.close();
});

// Without `cut` half a line stays behind and this is red.
test('a write that fails half way leaves nothing behind', async () => {
  await using dir = await folder();
  const { log, ops, text } = await open(dir.path);
  await log.append('kept\n');
  ops.tear('ENOSPC');
  await expect(log.append('half of this is written\n')).rejects.toThrow(/no space is left.*Free some space/);
  expect(await text(1)).toBe('kept\n');
  await log.close();
});

test('a segment that cannot be begun leaves no file and is tried again', async () => {
  await using dir = await folder();
  const { log, ops, text } = await open(dir.path);
  ops.fail('sync', 'EIO', 2);
  await expect(log.append('a\n')).rejects.toThrow('EIO');
  await expect(log.append('b\n')).rejects.toThrow('EIO');
  expect(await readdir(dir.path)).toEqual(['log.1']);
  await log.append('c\n');
  expect(await text(2)).toBe('c\n');
  await log.close();
});

test('segments are bounded, a larger chunk gets its own', async () => {
  await using dir = await folder();
  const { log, text } = await open(dir.path, { maxBytes: 10 });
  for (const chunk of ['123456\n', '78\n', 'larger than ten\n', 'z\n']) await log.append(chunk);
  expect(await Promise.all([1, 2, 3].map(text))).toEqual(['123456\n78\n', 'larger than ten\n', 'z\n']);
  await log.close();
});

test('each segment begins with its header, once', async () => {
  await using dir = await folder();
  const options = { header: Buffer.from('# head\n') };
  const first = await open(dir.path, options);
  await first.log.append('a\n');
  await first.log.rotate();
  await first.log.append('b\n');
  await first.log.close();
  const second = await open(dir.path, options);
  await second.log.append('c\n');
  await second.log.close();
  expect(await first.text(1)).toBe('# head\na\nc\n');
  expect(await first.text(2)).toBe('# head\nb\n');
});

test('reopen continues under the same name after a rename', async () => {
  await using dir = await folder();
  const { log, path, text } = await open(dir.path);
  await log.append('old\n');
  await rename(path, `${path}.moved`);
  await log.reopen();
  await log.append('new\n');
  expect(await text(1)).toBe('new\n');
  expect(await readFile(`${path}.moved`, 'utf8')).toBe('old\n');
  await log.close();
});

// Without the look at `links` the append resolves and its bytes are nowhere.
test('a deleted file is made anew, or refused, but never written to in vain', async () => {
  await using dir = await folder();
  const lenient = await open(dir.path, { recreate: true });
  await lenient.log.append('gone\n');
  await unlink(lenient.path);
  await lenient.log.append('here\n');
  expect(await lenient.text(1)).toBe('here\n');
  await lenient.log.close();

  const strict = await open(dir.path, { recreate: false });
  await unlink(strict.path);
  await expect(strict.log.append('x\n')).rejects.toThrow('somebody deleted it');
  await strict.log.close();
});

test('close waits for what was appended, and refuses what comes later', async () => {
  await using dir = await folder();
  const { log, text } = await open(dir.path);
  const last = log.append('last\n');
  await Promise.all([log.close(), log.close()]);
  await last;
  expect(await text(1)).toBe('last\n');
  await expect(log.append('late\n')).rejects.toMatchObject({ code: 'EVR_STATE' });
});

test('a path that cannot be written says why', async () => {
  await using dir = await folder();
  await mkdir(join(dir.path, 'log.1'));
  await expect(open(dir.path)).rejects.toThrow(/log\.1: it is a folder \(EISDIR\)\. Choose another folder\./);
  await expect(open(join(dir.path, 'none'))).rejects.toThrow(/it does not exist \(ENOENT\)/);
});

test('a disk that is really full refuses, keeps what it has, and goes on once there is room', async (context) => {
  const disk = await tinyDisk('size=64k');
  if (disk === undefined) return context.skip('mounting a small file system needs root');
  await using _ = disk;
  const { log, ops } = await open(disk.path);
  ops.writeAtMost = Number.POSITIVE_INFINITY;
  const line = `${'x'.repeat(9_999)}\n`;
  let kept = 0;
  const error = await (async () => {
    for (;;) {
      await log.append(line);
      kept++;
    }
  })().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'EVR_STATE', fatal: true });
  expect(String(error)).toContain('no space is left on the device (ENOSPC). Free some space');
  expect(await readFile(join(disk.path, 'log.1'), 'utf8')).toBe(line.repeat(kept));
  disk.remount('size=1m');
  await log.append(line);
  expect(await readFile(join(disk.path, 'log.2'), 'utf8')).toBe(line);
  await log.close();
});
