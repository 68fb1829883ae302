import { execFileSync, spawn } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppendFile } from '../../src/actions/file/append-file.ts';
import definition from '../../src/actions/file/index.ts';
import { systemClock } from '../../src/contract/clock.ts';
import { Envelope } from '../../src/contract/envelope.ts';
import { type FileOps, nodeFileOps } from '../../src/support/files/fs-ops.ts';
import { failingOps, folder, tinyDisk } from '../support/disk.ts';
import { eventOf } from '../support/events.ts';
import { actionOf, attempt, context, failureOf, problems, Said } from './kit.ts';

const event = (n: number) => eventOf({ id: String(n), type: 'T', data: { n } });
const line = (n: number) => `{"event_type":"T","event":{"n":${n}},"meta":{}}\n`;

async function written(config: object, ...events: ReturnType<typeof eventOf>[]): Promise<string> {
  await using dir = await folder();
  const path = join(dir.path, 'deep', 'er', 'out');
  const action = await actionOf(definition, { path, ...config });
  await action.open?.();
  const results = await action.actBatch?.(events, attempt());
  expect(results?.every((result) => result === undefined)).toBe(true);
  await action.close();
  return readFile(path, 'utf8');
}

test('a line is the envelope, or what `format` asks for', async () => {
  const given = eventOf({ id: 'a', type: 'T', source: '/s', data: { n: 1 }, meta: { m: 2 } });
  expect(await written({}, given)).toBe('{"event_type":"T","event":{"n":1},"meta":{"m":2}}\n');
  expect(JSON.parse(await written({ format: 'cloudevents' }, given))).toEqual({
    specversion: '1.0',
    id: 'a',
    source: '/s',
    type: 'T',
    data: { n: 1 },
  });
  expect(await written({ format: 'data' }, given)).toBe('{"n":1}\n');
  expect(await written({ format: 'text' }, eventOf({ data: 'as it is' }))).toBe('as it is\n');
  expect(await written({ format: 'text', line: '${{ event.type }}: ${{ event.data.n }}' }, given)).toBe(
    'T: 1\n',
  );
});

test('numbers beyond 2^53 and text over several lines stay one line with all digits', async () => {
  class Original extends Envelope {
    override get dataText() {
      return '{\n  "n": 12345678901234567890.50\r\n}';
    }
  }
  const out = await written({ format: 'data' }, new Original('T', { n: 1.2e19 }));
  expect(out.trim().split('\n')).toHaveLength(1);
  expect(out).toContain('12345678901234567890.50');
});

test('an event that JSON cannot hold fails for good, what stands before it is written, the rest is left alone', async () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  await using dir = await folder();
  const path = join(dir.path, 'out');
  const action = await actionOf(definition, { path });
  await action.open?.();
  const results = await action.actBatch?.([event(1), eventOf({ data: circular }), event(3)], attempt());
  await action.close();
  expect(results).toMatchObject([undefined, { failed: { retry: 'never' } }, { notTried: true }]);
  expect(await readFile(path, 'utf8')).toBe(line(1));
});

function appendFileOf(path: string, more: object = {}): { file: AppendFile; log: Said } {
  const log = new Said();
  const file = new AppendFile({
    path,
    maxBytes: 0,
    fsync: true,
    holdsJson: true,
    log,
    clock: systemClock,
    ...more,
  });
  return { file, log };
}

async function repaired(content: string | Buffer, holdsJson = true): Promise<string> {
  await using dir = await folder();
  const path = join(dir.path, 'out');
  await writeFile(path, content);
  const { file } = appendFileOf(path, { holdsJson });
  await file.open();
  await file.append('next\n');
  await file.close();
  return readFile(path, 'latin1');
}

// Guard: without repairTail the next line is glued to the torn one, and both are lost to every reader.
test('a torn last line is cut off at the next start', async () => {
  expect(await repaired(`${line(1)}{"event_type":"T","ev`)).toBe(`${line(1)}next\n`);
  expect(await repaired('{"event_type')).toBe('next\n');
  expect(await repaired(`${line(1)}\0\0\0`)).toBe(`${line(1)}next\n`);
  expect(await repaired(line(1))).toBe(`${line(1)}next\n`);
  expect(await repaired('')).toBe('next\n');
  expect(await repaired(`${line(1)}"${'x'.repeat(300_000)}`)).toBe(`${line(1)}next\n`);
});

test('a last line that is whole but for its newline is kept, and in a file of text nothing is ever cut', async () => {
  expect(await repaired(line(1).trimEnd())).toBe(`${line(1)}next\n`);
  expect(await repaired('some te', false)).toBe('some te\nnext\n');
});

test('whatever stood in a file, its whole lines stay and the next line begins on its own', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const before = Buffer.from(bytes).toString('latin1');
      const after = await repaired(Buffer.from(bytes));
      expect(after.startsWith(before.slice(0, before.lastIndexOf('\n') + 1))).toBe(true);
      expect(after === 'next\n' || after.endsWith('\nnext\n')).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('a batch costs one fsync, and nothing resolves before it', async () => {
  await using dir = await folder();
  const ops = failingOps();
  const { file } = appendFileOf(join(dir.path, 'out'), { ops });
  await file.open();
  ops.calls.length = 0;
  await file.append(line(1) + line(2) + line(3));
  await file.close();
  expect(ops.calls.map((call) => call.split(' ')[0])).toEqual(['write', 'sync']);
});

test('a write that takes only a part goes on with the rest', async () => {
  await using dir = await folder();
  const path = join(dir.path, 'out');
  const ops = failingOps();
  ops.writeAtMost = 7;
  const { file } = appendFileOf(path, { ops });
  await file.open();
  await file.append(line(1));
  await file.close();
  expect(await readFile(path, 'utf8')).toBe(line(1));
});

// Guard: without the truncate the torn half of the failed batch stays; without `broken` the second append succeeds.
test('after a failed write or fsync the file ends with its last safe line and nothing more is written', async () => {
  const breakages: ((ops: ReturnType<typeof failingOps>) => void)[] = [
    (ops) => ops.tear('ENOSPC'),
    (ops) => ops.fail('write', 'EIO'),
    (ops) => ops.fail('sync', 'EIO'),
  ];
  for (const breakIt of breakages) {
    await using dir = await folder();
    const path = join(dir.path, 'out');
    const ops = failingOps();
    const { file } = appendFileOf(path, { ops });
    await file.open();
    await file.append(line(1));
    breakIt(ops);
    expect(await failureOf(() => file.append(line(2)))).toMatchObject({ code: 'EVR_OUTPUT', fatal: true });
    expect(await failureOf(() => file.append(line(3)))).toMatchObject({ fatal: true });
    await file.reopen();
    await failureOf(() => file.append(line(4)));
    await file.close();
    expect(await readFile(path, 'utf8')).toBe(line(1));
  }
});

test('a disk that is really full is a fatal error, and no half line stays', async (context) => {
  await using disk = await tinyDisk('size=64k');
  if (disk === undefined) return context.skip('this user may not mount a tmpfs');
  const path = join(disk.path, 'out');
  const { file } = appendFileOf(path);
  await file.open();
  const failure = await failureOf(async () => {
    for (let n = 0; n < 10_000; n += 1) await file.append(line(n).repeat(50));
  });
  await file.close();
  expect(failure).toMatchObject({ code: 'EVR_OUTPUT', fatal: true });
  expect(failure.message).toMatch(/no space is left.*Free some space/);
  expect((await readFile(path, 'utf8')).endsWith('\n')).toBe(true);
});

test('before it outgrows max_bytes the file is renamed and a new one begins; nothing is lost', async () => {
  await using dir = await folder();
  const path = join(dir.path, 'out');
  const action = await actionOf(definition, { path, max_bytes: 100 });
  await action.open?.();
  for (let n = 0; n < 9; n += 1) await action.actBatch?.([event(n)], attempt());
  await action.close();
  const names = await readdir(dir.path);
  expect(names).toHaveLength(5);
  let all = '';
  for (const name of names) {
    const content = await readFile(join(dir.path, name), 'utf8');
    expect(content.length).toBeLessThanOrEqual(100);
    all += content;
  }
  expect(all.split('\n').sort()).toEqual(
    Array.from({ length: 9 }, (_, n) => line(n).trimEnd())
      .concat('')
      .sort(),
  );
});

// Without the cut between lines, each batch of 5,000 goes into one file, however small the limit.
test('a batch that outgrows max_bytes is spread over files, each with one fsync; only a line alone may be longer', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 40 }),
      fc.nat(40),
      async (lengths, batchAt) => {
        await using dir = await folder();
        const path = join(dir.path, 'out');
        let syncs = 0;
        const ops = { ...nodeFileOps, sync: async () => void ++syncs, syncFolder: async () => {} };
        const lines = lengths.map((length, n) => `${String.fromCharCode(65 + (n % 26)).repeat(length)}\n`);
        let now = 0;
        const clock = { ...systemClock, now: () => ++now };
        const { file } = appendFileOf(path, { ops, maxBytes: 100, clock });
        await file.open();
        for (const batch of [lines.slice(0, batchAt), lines.slice(batchAt)])
          await file.append(batch.join(''));
        await file.close();
        const files = [...(await readdir(dir.path)).filter((name) => name !== 'out').sort(), 'out'];
        const contents = await Promise.all(files.map((name) => readFile(join(dir.path, name), 'utf8')));
        expect(contents.join('')).toBe(lines.join(''));
        for (const content of contents) {
          expect(content.length <= 100 || content.indexOf('\n') === content.length - 1).toBe(true);
        }
        // The second batch may go on in the last file of the first one.
        expect(syncs).toBeLessThanOrEqual(files.length + 1);
      },
    ),
    { numRuns: 30 },
  );
});

test('after SIGHUP it goes on in a new file, and after a deletion, too', async () => {
  await using dir = await folder();
  const path = join(dir.path, 'out');
  const action = await actionOf(definition, { path });
  await action.open?.();
  await action.actBatch?.([event(1)], attempt());
  await rename(path, `${path}.1`);
  await action.reopen?.();
  await action.actBatch?.([event(2)], attempt());
  await rm(path);
  await action.actBatch?.([event(3)], attempt());
  await action.close();
  expect(await readFile(`${path}.1`, 'utf8')).toBe(line(1));
  expect(await readFile(path, 'utf8')).toBe(line(3));
});

test('a folder, a path through a file and a full device are refused with a sentence', async () => {
  await using dir = await folder();
  await mkdir(join(dir.path, 'sub'));
  await appendFile(join(dir.path, 'plain'), 'x\n');
  const opening = async (path: string) => {
    const action = await actionOf(definition, { path });
    await action.open?.();
    await action.actBatch?.([event(1)], attempt());
  };
  expect((await failureOf(() => opening(join(dir.path, 'sub')))).message).toMatch(/is a folder/);
  const through = await failureOf(() => opening(join(dir.path, 'plain', 'out')));
  expect(through).toMatchObject({ code: 'EVR_OUTPUT', fatal: true });
  expect((await failureOf(() => opening('/dev/full'))).message).toMatch(/no space is left/);
});

test('a named pipe gets the lines; without a reader that is an outage, and a reader that leaves stops it', async () => {
  await using dir = await folder();
  const path = join(dir.path, 'pipe');
  execFileSync('mkfifo', [path]);
  const action = await actionOf(definition, { path });
  expect(await failureOf(() => action.open?.())).toMatchObject({ code: 'EVR_UNREACHABLE', retry: 'later' });
  const reader = spawn('head', ['-1', path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const read = text(reader.stdout);
  for (;;) {
    // `head` opens its end when it gets to it.
    const opened = await Promise.resolve(action.open?.()).then(
      () => true,
      () => false,
    );
    if (opened) break;
  }
  const failure = await failureOf(async () => {
    for (;;) await action.actBatch?.([event(1)], attempt());
  });
  await action.close();
  expect(await read).toBe(line(1));
  expect(failure).toMatchObject({ code: 'EVR_OUTPUT_CLOSED', fatal: true });
});

test('--dry-run neither opens nor makes the file', async () => {
  await using dir = await folder();
  const path = join(dir.path, 'sub', 'out');
  const action = await actionOf(definition, { path }, context({ dryRun: true }));
  await action.open?.();
  expect(action.preview?.(event(1))).toBe(`${path} << ${line(1).trimEnd()}`);
  await action.close();
  expect(await readdir(dir.path)).toEqual([]);
});

test('`line` without `format: text` is a mistake', () => {
  expect(problems(definition, { path: 'x', line: 'y' })).toMatch(/needs `format: text`/);
});

test('fsync: false does not sync', async () => {
  await using dir = await folder();
  const ops: FileOps & { calls: string[] } = failingOps();
  const { file } = appendFileOf(join(dir.path, 'out'), { ops, fsync: false });
  await file.open();
  ops.calls.length = 0;
  await file.append(line(1));
  await file.close();
  expect(ops.calls.some((call) => call.startsWith('sync '))).toBe(false);
});
