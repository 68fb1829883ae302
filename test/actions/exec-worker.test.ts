import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import definition from '../../src/actions/exec/index.ts';
import { LineReader } from '../../src/actions/exec/line-reader.ts';
import { parseAnswer } from '../../src/actions/exec/worker-answer.ts';
import { Gate } from '../../src/actions/exec/worker-gate.ts';
import type { Action, Result } from '../../src/contract/action.ts';
import type { PartContext } from '../../src/contract/context.ts';
import { EvrunError } from '../../src/contract/errors.ts';
import type { Event } from '../../src/contract/event.ts';
import { folder } from '../support/disk.ts';
import { eventOf } from '../support/events.ts';
import { actionOf, attempt, context, eventually, Said } from './kit.ts';

const event = (id: string) => eventOf({ id, type: 'T', data: { id } });
const events = (n: number, from = 0) => Array.from({ length: n }, (_, i) => event(String(i + from)));

/** A worker of its own per test: `body` handles `line` (text), `event` and `id`, and may use `say`. */
async function worker(body: string, dir: string, changes: Partial<PartContext> = {}): Promise<Action> {
  const path = join(dir, 'worker.mjs');
  await writeFile(
    path,
    `import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
     import { createInterface } from 'node:readline';
     const dir = ${JSON.stringify(dir)};
     const say = (answer) => process.stdout.write((typeof answer === 'string' ? answer : JSON.stringify(answer)) + '\\n');
     appendFileSync(dir + '/starts', process.pid + '\\n');
     for await (const line of createInterface({ input: process.stdin })) {
       const event = JSON.parse(line);
       const id = event.evrun?.id;
       ${body}
     }`,
  );
  const config = { command: [process.execPath, path], mode: 'worker', max_output_bytes: 1000 };
  const action = await actionOf(definition, config, context(changes));
  await action.open?.();
  return action;
}

async function act(action: Action, batch: readonly Event[], number = 1, signal?: AbortSignal) {
  return action.actBatch === undefined ? [] : action.actBatch(batch, attempt(number, signal));
}

/** As the engine does: what was not tried goes again, what failed in passing is tried again alone. */
async function actOnAll(action: Action, all: readonly Event[], retries = 3): Promise<Map<string, unknown>> {
  const ends = new Map<string, unknown>();
  const alone = new Set<Promise<void>>();
  let rest = [...all];
  while (rest.length > 0) {
    const batch = rest.splice(0, 256);
    const results = await act(action, batch);
    const again = batch.filter((one, i) => {
      const result = results[i];
      if (result !== undefined && 'notTried' in result) return true;
      if (result === undefined) ends.set(one.id, 'done');
      else alone.add(tryAgain(action, one, result.failed, retries, ends));
      return false;
    });
    rest = [...again, ...rest];
  }
  await Promise.all(alone);
  return ends;
}

async function tryAgain(
  action: Action,
  one: Event,
  error: unknown,
  retries: number,
  ends: Map<string, unknown>,
) {
  let last = error;
  for (let n = 2; n <= retries + 1 && (last as EvrunError).retry === 'later'; n += 1) {
    const [result] = await act(action, [one], n);
    if (result === undefined) return void ends.set(one.id, 'done');
    if ('failed' in result) last = result.failed;
  }
  ends.set(one.id, last);
}

async function lines(dir: string, name: string): Promise<string[]> {
  return (await readFile(join(dir, name), 'utf8')).trim().split('\n');
}

test('each event is a line with its id and attempt, and each "ok" an acknowledgement; one process serves all', async () => {
  await using dir = await folder();
  const action = await worker(`appendFileSync(dir + '/got', line + '\\n'); say('ok');`, dir.path);
  const ends = await actOnAll(action, events(1000));
  await action.close();
  expect([...ends.values()].every((end) => end === 'done')).toBe(true);
  const got = await lines(dir.path, 'got');
  expect(got).toHaveLength(1000);
  expect(got[0]).toBe('{"event_type":"T","event":{"id":"0"},"meta":{},"evrun":{"id":"0","attempt":1}}');
  expect(await lines(dir.path, 'starts')).toHaveLength(1);
});

test('answers say what failed, for good or not, and may come in another order with ids', async () => {
  await using dir = await folder();
  const action = await worker(
    `if (id === '2') say({ id, error: 'later', retry: true });
     else if (id === '3') say({ id, error: 'no', retry: false });
     else if (id === '0') setTimeout(() => say({ id, ok: true }), 5);
     else say({ id, ok: true });`,
    dir.path,
  );
  await act(action, [event('x'), event('y'), event('z')]);
  const all = events(4);
  const results: Result[] = [];
  while (results.length < 4) {
    const more = await act(action, all.slice(results.length));
    results.push(...more.filter((result) => result === undefined || 'failed' in result));
  }
  await action.close();
  expect(results).toMatchObject([
    undefined,
    undefined,
    { failed: { retry: 'later', message: 'the worker refused it: later' } },
    { failed: { retry: 'never', message: 'the worker refused it: no' } },
  ]);
});

// Guard: with `suspects` ignored, or 'lost' told as failed, neighbours of a poison event end as failed.
test('a poison event that kills the worker fails alone, its neighbours succeed, and it is started again', async () => {
  await using dir = await folder();
  const action = await worker(`if (id === '123') process.exit(9); say('ok');`, dir.path);
  const ends = await actOnAll(action, events(400));
  await action.close();
  const failed = [...ends].filter(([, end]) => end !== 'done');
  expect(failed.map(([id]) => id)).toEqual(['123']);
  expect(String(failed[0]?.[1])).toMatch(
    /the worker .* ended with exit code 9, before it answered for this event/,
  );
  expect((await lines(dir.path, 'starts')).length).toBeLessThanOrEqual(5);
});

// Guard: without sending suspects alone, each crash makes another neighbour fail.
test('where it reads ahead and dies before its answers, one neighbour at most fails once beside the poison', async () => {
  await using dir = await folder();
  const action = await worker(
    `if (id === '150') process.exit(9);
     setTimeout(() => say({ id, ok: true }), 3);`,
    dir.path,
  );
  const failed = [...(await actOnAll(action, events(200), 0))].filter(([, end]) => end !== 'done');
  await action.close();
  expect(failed.map(([id]) => id)).toContain('150');
  expect(failed.length).toBeLessThanOrEqual(2);
});

// Guard: counting a stray line as "ok" would lose the event that it stands before.
test('a line that is no answer acknowledges nothing: the worker is ended and the error quotes it', async () => {
  await using dir = await folder();
  for (const stray of [
    'done!',
    '{"id":"0"}',
    '{"ok":"yes"}',
    '[]',
    '{"id":"other","ok":true}',
    'x'.repeat(5000),
  ]) {
    const action = await worker(`say(${JSON.stringify(stray)});`, dir.path);
    const [result] = await act(action, [event('0')]);
    await action.close();
    const { message } = (result as { failed: EvrunError }).failed;
    expect(message).toContain(JSON.stringify(stray).slice(1, 20));
    expect(message).toMatch(/no answer|fits no event/);
  }
});

test('an attempt that is given up ends the worker: its event has failed, others are handed back untried', async () => {
  await using dir = await folder();
  const action = await worker(
    `if (id === 'hang') globalThis.hangs = true;
     if (globalThis.hangs) writeFileSync(dir + '/' + id, '');
     else say('ok');`,
    dir.path,
  );
  for (let i = 0; i < 4; i += 1) await act(action, events(30));
  const controller = new AbortController();
  const reason = new EvrunError('EVR_TIMEOUT', 'too slow', { retry: 'later' });
  const hanging = act(action, [event('hang'), event('after')], 1, controller.signal);
  await eventually(() => existsSync(join(dir.path, 'hang')));
  const other = act(action, [event('other')]);
  await eventually(() => existsSync(join(dir.path, 'other')));
  controller.abort(reason);
  expect(await hanging).toEqual([{ failed: reason }, { notTried: true }]);
  expect(await other).toEqual([{ notTried: true }]);
  expect(await act(action, [event('other')])).toEqual([undefined]);
  await action.close();
  expect(await lines(dir.path, 'starts')).toHaveLength(2);
});

test('what the worker says on standard error is logged, and its end stands in the error', async () => {
  await using dir = await folder();
  const log = new Said();
  const action = await worker(`console.error('cannot find the moon'); process.exit(1);`, dir.path, { log });
  const [result] = await act(action, [event('0')]);
  await action.close();
  expect((result as { failed: Error }).failed.message).toMatch(
    /exit code 1, .*|It said: cannot find the moon/,
  );
  expect(log.lines.some((line) => line.startsWith('info: worker: cannot find the moon'))).toBe(true);
});

test('a worker that cannot be started is the event’s failure, in words', async () => {
  await using dir = await folder();
  const path = join(dir.path, 'worker');
  await writeFile(path, '', { mode: 0o755 });
  const action = await actionOf(definition, { command: [path], mode: 'worker' });
  await rm(path);
  const [first, second] = await act(action, events(2));
  expect(first).toMatchObject({ failed: { code: 'EVR_ACTION', retry: 'never' } });
  expect(second).toEqual({ notTried: true });
  await action.close();
});

test('closing lets the worker finish: its input ends', async () => {
  await using dir = await folder();
  const path = join(dir.path, 'worker.sh');
  await writeFile(path, 'while read line; do echo ok; done; touch $0.finished');
  const action = await actionOf(definition, { command: ['sh', path], mode: 'worker' });
  expect(await act(action, events(1))).toEqual([undefined]);
  await action.close();
  await action.close();
  expect(existsSync(`${path}.finished`)).toBe(true);
});

test('answers are read from nothing but what the protocol says', () => {
  expect(parseAnswer('ok')).toEqual({ retry: true });
  expect(parseAnswer('{"ok":true}')).toEqual({ retry: true });
  expect(parseAnswer('{"id":"a","error":"e"}')).toEqual({ id: 'a', error: 'e', retry: true });
  for (const wrong of [
    'OK',
    ' ok',
    'ok ',
    'true',
    '{}',
    '{"ok":1}',
    '{"ok":true,"error":"x"}',
    '{"error":1}',
    '{"id":1,"ok":true}',
    '{',
    'null',
    '"ok"',
  ]) {
    expect(parseAnswer(wrong)).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
      const answer = parseAnswer(line);
      if (answer !== undefined && answer.error === undefined)
        expect(line === 'ok' || /"ok"\s*:\s*true/.test(line)).toBe(true);
    }),
  );
});

test('lines come out whole however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: 'grapheme' }).map((s) => s.replace(/[\r\n]/g, '')),
        { maxLength: 8 },
      ),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      (given, sizes) => {
        const bytes = Buffer.from(given.map((line) => `${line}\n`).join(''));
        const got: string[] = [];
        const reader = new LineReader(1000, (line) => got.push(line));
        for (let at = 0; at < bytes.length; ) {
          const size = sizes.next().value as number;
          reader.add(bytes.subarray(at, at + size));
          at += size;
        }
        expect(got).toEqual(given);
      },
    ),
  );
  const got: [string, boolean][] = [];
  const reader = new LineReader(3, (line, tooLong) => got.push([line, tooLong]));
  for (const chunk of ['abcde', 'fgh\nxy\nlonger\r\nz\n']) reader.add(Buffer.from(chunk));
  expect(got).toEqual([
    ['abc', true],
    ['xy', false],
    ['lon', true],
    ['z', false],
  ]);
});

test('whoever wants the worker alone gets it alone, in the order of asking', async () => {
  const gate = new Gate();
  const { signal } = new AbortController();
  const inside: string[] = [];
  const first = await gate.enter(false, signal);
  const second = await gate.enter(false, signal);
  const alone = gate.enter(true, signal).then((leave) => {
    inside.push('alone');
    return leave;
  });
  const given_up = new AbortController();
  const never = gate.enter(true, given_up.signal);
  const later = gate.enter(false, signal).then(() => inside.push('later'));
  given_up.abort(new Error('gone'));
  await expect(never).rejects.toThrow('gone');
  first();
  expect(inside).toEqual([]);
  second();
  const leave = await alone;
  expect(inside).toEqual(['alone']);
  leave();
  await later;
  expect(inside).toEqual(['alone', 'later']);
});
