import { appendFile, chmod, mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/contract/clock.ts';
import { deliveryId } from '../../src/contract/envelope.ts';
import { DecodeError } from '../../src/contract/errors.ts';
import file from '../../src/sources/file/index.ts';
import { createPrefilter } from '../../src/support/lines/prefilter.ts';
import { contextOf, folder, MemoryStore, Reading, Said } from './world.ts';

const read = (config: object, ctx = contextOf()) => Reading.of(file, { poll_interval_ms: 5, ...config }, ctx);
const lines = (...values: string[]) => values.map((value) => `${value}\n`).join('');

describe('reading files once', () => {
  it('hands over each line, without its end, with where it stands', async () => {
    const path = join(await folder(), 'a.ndjson');
    await writeFile(path, '{"n":1}\r\n\n  \n{"n":2}\n{"n":3}');
    const reading = await read({ path });
    expect(await reading.all()).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
    expect(reading.deliveries.map(({ position: { offset, next } }) => [offset, next])).toEqual([
      [0, 9],
      [13, 21],
      [21, 28],
    ]);
    expect(reading.deliveries[1]?.meta).toEqual({ file: { path, offset: 13 } });
    expect(reading.deliveries[0]?.source).toBe(`/evrun/file${path}`);
  });

  it('goes on where it was, also inside a file', async () => {
    const path = join(await folder(), 'a');
    const store = new MemoryStore();
    await writeFile(path, lines('1', '2', '3'));
    const first = await read({ path }, contextOf({ store }));
    await first.all();
    await first.commit(2);
    await first.end();
    await appendFile(path, lines('4'));
    expect(await (await read({ path }, contextOf({ store }))).all()).toEqual(['3', '4']);
  });

  it('does not repeat what was finished out of order before a crash', async () => {
    const path = join(await folder(), 'a');
    const store = new MemoryStore();
    await writeFile(path, lines('1', '2', '3', '4', '5'));
    const first = await read({ path }, contextOf({ store }));
    await first.all();
    const { partition } = first.deliveries[0]?.position ?? { partition: '' };
    const doneBeyond = [{ from: 2, to: 6, offsets: [2, 4] }];
    await first.source.commit?.([{ partition, epoch: 0, next: 0, doneBeyond }]);
    await first.end();
    const second = await read({ path }, contextOf({ store }));
    expect(await second.all()).toEqual(['1', '4', '5']);
    // What the second run says keeps what the first one said and the second did not see.
    await second.source.commit?.([
      { partition, epoch: 0, next: 0, doneBeyond: [{ from: 8, to: 10, offsets: [8] }] },
    ]);
    await second.end();
    expect(await (await read({ path }, contextOf({ store }))).all()).toEqual(['1', '4']);
  });

  it('gives the same ids after a kill before the first commit, though the file has grown', async () => {
    const path = join(await folder(), 'a');
    const store = new MemoryStore();
    await writeFile(path, lines('1'));
    const first = await read({ path }, contextOf({ store }));
    await first.all();
    await appendFile(path, lines('2'.repeat(1000)));
    const second = await read({ path }, contextOf({ store }));
    await second.all();
    const ids = (reading: Reading) => reading.deliveries.map((delivery) => deliveryId(delivery));
    expect(ids(second)[0]).toBe(ids(first)[0]);
  });

  it('reads several files in natural order, each once', async () => {
    const dir = await folder();
    await mkdir(join(dir, 'deep/er'), { recursive: true });
    for (const name of ['e10.log', 'e9.log', 'deep/er/x.log', 'other.txt', '.hidden.log'])
      await writeFile(join(dir, name), lines(name));
    await symlink(join(dir, 'e9.log'), join(dir, 'same.log'));
    expect(await (await read({ path: `${dir}/*.log` })).all()).toEqual(['e9.log', 'e10.log']);
    expect(await (await read({ path: [`${dir}/**/*.log`, `${dir}/e10.log`] })).all()).toEqual([
      'deep/er/x.log',
      'e9.log',
      'e10.log',
    ]);
  });

  it('begins behind the last whole line where asked for the latest', async () => {
    const path = join(await folder(), 'a');
    await writeFile(path, `${lines('1', '2')}par`);
    const ctx = contextOf({ start: { point: { at: 'latest' }, ignoreStored: false } });
    const reading = await read({ path, follow: true }, ctx);
    await reading.idle();
    await appendFile(path, 'tial\n');
    expect(await reading.some(1)).toEqual(['partial']);
  });

  it('forgets where it was when told to, and stores where it began before the first line', async () => {
    const path = join(await folder(), 'a');
    const store = new MemoryStore();
    await writeFile(path, lines('1', '2'));
    const first = await read({ path }, contextOf({ store }));
    await first.all();
    await first.commit();
    await first.end();
    const again = contextOf({ store, start: { point: { at: 'earliest' }, ignoreStored: true } });
    await (await read({ path }, again)).end();
    expect(await (await read({ path }, contextOf({ store }))).all()).toEqual(['1', '2']);
  });

  it('says what is wrong with a path', async () => {
    const dir = await folder();
    await expect(read({ path: join(dir, 'no') })).rejects.toThrow(/no does not exist .*`follow: true`/);
    await expect(read({ path: dir })).rejects.toThrow(/is a folder: name the files in it/);
    await writeFile(join(dir, 'secret'), 'x');
    await chmod(join(dir, 'secret'), 0);
    if (process.getuid?.() !== 0) {
      await expect(read({ path: join(dir, 'secret') })).rejects.toThrow(/may not be read by this user/);
    }
    const log = new Said();
    expect(await (await read({ path: `${dir}/*.no` }, contextOf({ log }))).all()).toEqual([]);
    expect(log.lines).toEqual([`nothing matches ${dir}/*.no`]);
    const odd = join(dir, 'bad[.nd');
    await expect(read({ path: odd })).rejects.toThrow(
      /bad\[\.nd \(its `\[` has no `\]`, so it stands for itself\) does/,
    );
    await writeFile(odd, lines('1'));
    expect(await (await read({ path: odd })).all()).toEqual(['1']);
    expect(await (await read({ path: `${dir}/b?d[.nd` })).all()).toEqual(['1']);
  });

  it('tells how many bytes are behind', async () => {
    const path = join(await folder(), 'a');
    await writeFile(path, lines('1', '2', '3'));
    const reading = await read({ path, follow: true });
    await reading.idle();
    await reading.commit(1);
    expect((await reading.source.lag?.())?.bytes).toBe(4);
    await appendFile(path, lines('4'));
    expect((await reading.source.lag?.())?.bytes).toBe(6);
  });

  it('can be closed in any state, twice', async () => {
    const path = join(await folder(), 'a');
    await writeFile(path, lines('1'));
    const unopened = file.create(
      { path, follow: true, max_line_bytes: 100, poll_interval_ms: 5 },
      contextOf(),
    );
    await unopened.close();
    const reading = await read({ path });
    await reading.end();
    await reading.end();
  });
});

describe('what stands in a line', () => {
  it('may be any UTF-8; a line that is not is handed over as its bytes', async () => {
    const path = join(await folder(), 'a');
    await writeFile(
      path,
      Buffer.concat([Buffer.from('\ufeffné\n'), Buffer.of(0x61, 0xff, 10), Buffer.from('日本\n')]),
    );
    const reading = await read({ path });
    expect(await reading.all()).toEqual(['né', Uint8Array.of(0x61, 0xff), '日本']);
    expect(reading.deliveries.map(({ position }) => position.next)).toEqual([7, 10, 17]);
  });

  it('is what stands between two ends in the file, at the offsets that are told', async () => {
    const line = fc.stringMatching(/^[a-z€ \r]{0,30}$/);
    const path = join(await folder(), 'a');
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 30 }), fc.boolean(), async (texts, end) => {
        const text = texts.join('\n') + (end ? '\n' : '');
        await rm(path, { force: true });
        await writeFile(path, text);
        const expected = text
          .split('\n')
          .map((one) => (one.endsWith('\r') ? one.slice(0, -1) : one))
          .filter((one) => one.trim() !== '');
        const reading = await read({ path }, contextOf({ maxBatch: { events: 3, bytes: 40 } }));
        expect(await reading.all()).toEqual(expected);
        const bytes = Buffer.from(text);
        for (const { record, position } of reading.deliveries) {
          const raw = bytes.subarray(position.offset as number, position.next as number).toString();
          expect(raw.replace(/\r?\n?$/, '')).toBe(record.value);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('may be longer than a chunk, up to max_line_bytes; a longer line is poison and its neighbours are not', async () => {
    const path = join(await folder(), 'a');
    const long = 'x'.repeat(3_000_000);
    await writeFile(path, lines('1', long, '2', `${long}y`, '3', '4'));
    const reading = await read({ path, max_line_bytes: 3_000_000 });
    while ((await reading.batch()) !== undefined);
    const values = reading.deliveries.map(({ record }) => {
      try {
        return (record.value as string).length;
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
        return (error as Error).message;
      }
    });
    expect(values).toEqual([
      1,
      3_000_000,
      1,
      expect.stringMatching(
        /^the line at byte 3000005 of .* is 3000001 bytes long, more than max_line_bytes \(3000000\)/,
      ),
      1,
      1,
    ]);
    expect(reading.deliveries.map(({ position }) => position.next)).toEqual([
      2, 3_000_003, 3_000_005, 6_000_007, 6_000_009, 6_000_011,
    ]);
  });

  it('is not handed over where the prefilter says so, but counted', async () => {
    const path = join(await folder(), 'a');
    await writeFile(path, lines('{"a":"TAG é"}', '{"a":"no"}', 'torn', '{"a":"\\u0054AG"}', '{"a":"no"}'));
    const prefilter = createPrefilter([[['TAG']]]);
    const reading = await read({ path }, contextOf({ prefilter }));
    expect(await reading.all()).toEqual(['{"a":"TAG é"}', 'torn', '{"a":"\\u0054AG"}']);
    expect(reading.dropped).toBe(2);
  });
});

describe('gzip files', () => {
  it('are read to their end, all members, and resumed by what they hold', async () => {
    const path = join(await folder(), 'a.gz');
    const store = new MemoryStore();
    await writeFile(path, Buffer.concat([gzipSync(lines('1', '2')), gzipSync(`${lines('3')}4`)]));
    const first = await read({ path, follow: true }, contextOf({ store }));
    expect(await first.idle()).toEqual(['1', '2', '3', '4']);
    await first.commit(2);
    await first.end();
    expect(await (await read({ path }, contextOf({ store }))).all()).toEqual(['3', '4']);
  });

  const noise = lines(...Array.from({ length: 50_000 }, (_, n) => String(Math.sin(n))));
  const cut = (whole: Buffer) => whole.subarray(0, whole.length - 500);
  /** zlib comes to its end without being asked for more. */
  const few = cut(gzipSync(noise.slice(0, 3000)));
  /** How many whole lines zlib finds in what is left of a file. */
  const linesIn = (bytes: Buffer) =>
    gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString().split('\n').length - 1;

  // Without unpacking the end again, what was unpacked and not yet taken is lost when the reader is slow.
  it('that are cut off give what they hold; once all of it is done comes an error that names them', async () => {
    const path = join(await folder(), 'a.gz');
    for (const bytes of [cut(gzipSync(noise)), few]) {
      await writeFile(path, bytes);
      const reading = await read({ path });
      const failing = expect(
        (async () => {
          while ((await reading.batch()) !== undefined) await systemClock.sleep(5);
        })(),
      ).rejects.toThrow(
        /a\.gz is not whole as a gzip file: unexpected end of file\. Every line up to there is/,
      );
      await expect.poll(() => reading.deliveries.length).toBe(linesIn(bytes));
      await reading.commit(1);
      const notYet = Symbol('not yet');
      expect(await Promise.race([failing, systemClock.sleep(100).then(() => notYet)])).toBe(notYet);
      await reading.commit();
      await failing;
    }
  });

  it('that are cut off harm nobody before it is their turn, nor when the pipeline stops before', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'a.gz'), gzipSync(lines('1')));
    await writeFile(join(dir, 'b.gz'), few);
    const reading = await read({ path: `${dir}/*.gz` });
    // An error that nobody listens to would come now, and fail this test.
    await systemClock.sleep(100);
    expect(await reading.some(1)).toEqual(['1']);
    await reading.end();
    await systemClock.sleep(20);
  });
});

describe('following', () => {
  it('hands over lines as they come, and waits for the end of the last one', async () => {
    const path = join(await folder(), 'a');
    await writeFile(path, lines('1'));
    const reading = await read({ path, follow: true });
    expect(await reading.idle()).toEqual(['1']);
    await appendFile(path, 'hal');
    expect(await reading.idle()).toEqual(['1']);
    await appendFile(path, 'f\n');
    expect(await reading.some(2)).toEqual(['1', 'half']);
  });

  it('says "nothing new" with an empty batch, and ends at once when it is aborted', async () => {
    const path = join(await folder(), 'a');
    await writeFile(path, '');
    const reading = await read({ path, follow: true, poll_interval_ms: 3_600_000 });
    expect(await reading.batch()).toEqual({ deliveries: [] });
    const next = reading.batch();
    reading.abort();
    expect(await next).toBeUndefined();
  });

  it('waits for a file that is not there yet, and says so once', async () => {
    const path = join(await folder(), 'later');
    const log = new Said();
    const reading = await read({ path, follow: true }, contextOf({ log }));
    for (let n = 0; n < 3; n += 1) await reading.batch();
    expect(log.lines).toEqual([`${path} does not exist, waiting for it`]);
    expect(reading.source.stalled?.()).toBe(log.lines[0]);
    await writeFile(path, lines('1'));
    expect(await reading.some(1)).toEqual(['1']);
    expect(reading.source.stalled?.()).toBeUndefined();
  });

  it('ends when it has caught up, where asked to', async () => {
    const path = join(await folder(), 'a');
    await writeFile(path, `${lines('1', '2')}not yet`);
    expect(await (await read({ path, follow: true }, contextOf({ untilCaughtUp: true }))).all()).toEqual([
      '1',
      '2',
    ]);
  });

  it('picks up files that appear later, and reads them whole', async () => {
    const dir = await folder();
    const start = { point: { at: 'latest' }, ignoreStored: false } as const;
    const reading = await read({ path: `${dir}/*.log`, follow: true }, contextOf({ start }));
    await reading.idle();
    await writeFile(join(dir, 'new.log'), lines('1'));
    expect(await reading.some(1)).toEqual(['1']);
  });

  // Without keeping the rotated file open, `late` is lost; without the inode, `1` comes again.
  it('finishes a file that was rotated by renaming, then reads the one that took its place', async () => {
    const path = join(await folder(), 'app.log');
    await writeFile(path, lines('1'));
    const reading = await read({ path, follow: true });
    await reading.idle();
    await appendFile(path, lines('2'));
    await rename(path, `${path}.1`);
    await writeFile(path, lines('3'));
    expect(await reading.idle()).toEqual(['1', '2', '3']);
    await appendFile(`${path}.1`, lines('late'));
    expect(await reading.idle()).toEqual(['1', '2', '3', 'late']);
    expect(new Set(reading.deliveries.map(({ position }) => position.partition)).size).toBe(2);
  });

  it('lets a rotated file go once it was quiet for a minute, and takes its last line as it is', async () => {
    const path = join(await folder(), 'app.log');
    let later = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + later };
    await writeFile(path, `${lines('1')}no end`);
    const reading = await read({ path, follow: true }, contextOf({ clock }));
    await reading.idle();
    await rm(path);
    expect(await reading.idle()).toEqual(['1']);
    later = 61_000;
    expect(await reading.idle()).toEqual(['1', 'no end']);
    expect((await reading.source.lag?.())?.bytes).toBe(0);
  });

  it('reads a file from the start again after it was truncated (copytruncate)', async () => {
    const path = join(await folder(), 'app.log');
    const log = new Said();
    const store = new MemoryStore();
    await writeFile(path, lines('same', '2', '3'));
    const reading = await read({ path, follow: true }, contextOf({ log, store }));
    await reading.idle();
    await truncate(path);
    await appendFile(path, lines('same'));
    expect(await reading.some(4)).toEqual(['same', '2', '3', 'same']);
    expect(log.lines).toContain(`${path} was truncated or written anew: reading it from the start`);
    const [before, , , after] = reading.deliveries.map(({ position }) => position);
    expect(after?.partition).not.toBe(before?.partition);
    await reading.commit();
    expect(store.keys('file:')).toEqual([`file:${after?.partition}`]);
    await reading.end();
    expect(await (await read({ path }, contextOf({ store }))).all()).toEqual([]);
  });

  it('notices that a file was written anew, though it is longer than before', async () => {
    const path = join(await folder(), 'app.log');
    await writeFile(path, lines('1'));
    const reading = await read({ path, follow: true });
    await reading.idle();
    await writeFile(path, lines('other', 'content'));
    expect(await reading.some(3)).toEqual(['1', 'other', 'content']);
  });
});

describe('while nobody looked', () => {
  const runTo = async (path: string, store: MemoryStore, count: number) => {
    const reading = await read({ path }, contextOf({ store }));
    await reading.all();
    await reading.commit(count);
    await reading.end();
  };

  it('a file was rotated: the rest of it is read first', async () => {
    const path = join(await folder(), 'app.log');
    const store = new MemoryStore();
    await writeFile(path, lines('1', '2'));
    await runTo(path, store, 1);
    await appendFile(path, lines('3'));
    await rename(path, `${path}.1`);
    await writeFile(path, lines('4'));
    expect(await (await read({ path }, contextOf({ store }))).all()).toEqual(['2', '3', '4']);
  });

  it('a file was renamed to one that matches too: it goes on where it was', async () => {
    const dir = await folder();
    const store = new MemoryStore();
    await writeFile(join(dir, 'a.log'), lines('1', '2'));
    await runTo(`${dir}/*.log`, store, 1);
    await rename(join(dir, 'a.log'), join(dir, 'b.log'));
    expect(await (await read({ path: `${dir}/*.log` }, contextOf({ store }))).all()).toEqual(['2']);
  });

  it('a file was truncated or replaced: it is read from the start', async () => {
    const dir = await folder();
    for (const [name, content] of Object.entries({
      shorter: lines('9'),
      longer: lines('new', 'new', 'new'),
    })) {
      const path = join(dir, name);
      const store = new MemoryStore();
      await writeFile(path, lines('1', '2'));
      await runTo(path, store, 2);
      await writeFile(path, content);
      expect(await (await read({ path }, contextOf({ store }))).all(), name).toEqual(
        content.trim().split('\n'),
      );
    }
  });

  // Without forgetting the old position, it is taken for one in the new content, and `5` is lost.
  it('a file was truncated, and grows past the old position: nothing of it is skipped', async () => {
    const path = join(await folder(), 'app.log');
    const store = new MemoryStore();
    const same = 'x'.repeat(300);
    await writeFile(path, lines(same, '2', '3'));
    await runTo(path, store, 3);
    await writeFile(path, lines(same));
    await runTo(path, store, 1);
    await appendFile(path, lines('4', '5', '6'));
    expect(await (await read({ path }, contextOf({ store }))).all()).toEqual(['4', '5', '6']);
  });

  it('the last line was read before it was whole: it is read again, whole', async () => {
    const path = join(await folder(), 'a');
    const store = new MemoryStore();
    await writeFile(path, `${lines('1')}{"n":`);
    await runTo(path, store, 2);
    await appendFile(path, lines('2}', '3'));
    expect(await (await read({ path }, contextOf({ store }))).all()).toEqual(['{"n":2}', '3']);
  });

  it('the end of the last line was written: nothing repeats', async () => {
    const path = join(await folder(), 'a');
    const store = new MemoryStore();
    await writeFile(path, `${lines('1')}2`);
    await runTo(path, store, 2);
    await appendFile(path, '\n3\n');
    expect(await (await read({ path }, contextOf({ store }))).all()).toEqual(['3']);
  });
});
