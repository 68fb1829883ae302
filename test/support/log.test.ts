import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/contract/clock.ts';
import { createLogger } from '../../src/support/logging/log.ts';
import { stderrOutput } from '../../src/support/logging/log-stderr.ts';
import { addSecret } from '../../src/support/logging/redact.ts';
import { ended, program } from './child.ts';

const NOON = Date.parse('2026-08-01T12:00:00.123Z');

function logTo(options: { format?: 'text' | 'json'; level?: 'warn' | 'debug'; color?: boolean } = {}) {
  const lines: string[] = [];
  const time = { now: NOON };
  const clock: Clock = { ...systemClock, now: () => time.now };
  const log = createLogger({
    level: 'debug',
    format: 'text',
    clock,
    write: (text) => lines.push(text),
    ...options,
  });
  return { log, lines, time };
}

test('a text line is time, level, sentence and fields', () => {
  const { log, lines } = logTo();
  log.with({ pipeline: 'x' }).warn('The server is slow.', { attempt: 2, quoted: 'a b="c"', gone: undefined });
  expect(lines).toEqual([
    '2026-08-01T12:00:00.123Z WARN  The server is slow. pipeline=x attempt=2 quoted="a b=\\"c\\""\n',
  ]);
});

test('a JSON line says the same', () => {
  const { log, lines } = logTo({ format: 'json' });
  log.error('Gave up.', { pipeline: 'x', attempt: 2, level: 'mine' });
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    time: '2026-08-01T12:00:00.123Z',
    level: 'error',
    message: 'Gave up.',
    pipeline: 'x',
    attempt: 2,
    _level: 'mine',
  });
});

test('what is below the level is not written', () => {
  const { log, lines } = logTo({ level: 'warn' });
  log.info('no');
  log.debug('no');
  log.warn('yes');
  expect(lines).toHaveLength(1);
  expect([log.enabled('error'), log.enabled('warn'), log.enabled('info')]).toEqual([true, true, false]);
});

// Without `visible` in log-line.ts the second line begins like one of ours, and the terminal is cleared.
test('text from outside cannot pose as a line of its own', () => {
  const { log, lines } = logTo();
  log.info('key a\n2026-08-01T12:00:00.123Z ERROR forged\u001b[2J', { 'bad\nname': 'x\r\ny\u001b[2J' });
  expect(lines.join('')).toBe(
    '2026-08-01T12:00:00.123Z INFO  key a\n    2026-08-01T12:00:00.123Z ERROR forged\\u001b[2J bad\n    name="x\\r\\ny\\u001b[2J"\n',
  );
});

// Without `redact` in log.ts this is red.
test('no secret reaches a line, in text or in JSON', () => {
  addSecret('hunter2"hunter2');
  for (const format of ['text', 'json'] as const) {
    const { log, lines } = logTo({ format });
    log.info('password hunter2"hunter2', { url: 'http://bob:s3cret@host/', again: 'hunter2"hunter2' });
    expect(lines.join('')).not.toMatch(/hunter2|s3cret/);
  }
});

test('only the level is colored', () => {
  const { log, lines } = logTo({ color: true });
  log.error('Gave up.');
  expect(lines[0]).toBe('2026-08-01T12:00:00.123Z \u001b[31mERROR\u001b[39m Gave up.\n');
});

test('a repeated warning is shown once, then with its count', () => {
  const { log, lines, time } = logTo();
  for (let i = 0; i < 5; i++) log.warn('Down.', { pipeline: 'x' });
  log.warn('Down.', { pipeline: 'y' });
  expect(lines).toHaveLength(2);
  time.now += 1000;
  log.warn('Down.', { pipeline: 'x' });
  expect(lines.slice(2).map((line) => line.slice(31))).toEqual([
    'Down. (4 times more within a second) pipeline=x\n',
    'Down. pipeline=x\n',
  ]);
  log.warn('Down.', { pipeline: 'x' });
  log.flush();
  expect(lines.at(-1)).toContain('Down. (once more within a second) pipeline=x');
});

test('information that repeats is shown each time', () => {
  const { log, lines } = logTo();
  log.info('Same.');
  log.info('Same.');
  expect(lines).toHaveLength(2);
});

test('a slow reader of stderr delays lines, a gone one swallows them, nobody fails', () => {
  const got: string[] = [];
  let error: string | undefined = 'EAGAIN';
  const output = stderrOutput(2, (_fd, bytes) => {
    if (error !== undefined) throw Object.assign(new Error(error), { code: error });
    const part = bytes.subarray(0, 3);
    got.push(Buffer.from(part).toString());
    return part.length;
  });
  output.write('one\n');
  output.flush();
  expect(got).toEqual([]);
  error = undefined;
  output.write('two\n');
  output.flush();
  expect(got.join('')).toBe('one\ntwo\n');
  error = 'EPIPE';
  output.write('three\n');
  output.flush();
  expect(got.join('')).toBe('one\ntwo\n');
});

test('what stderr never takes is bounded and counted', () => {
  let blocked = true;
  const got: string[] = [];
  const output = stderrOutput(2, (_fd, bytes) => {
    if (blocked) throw Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' });
    got.push(Buffer.from(bytes).toString());
    return bytes.length;
  });
  const line = `${'x'.repeat(1023)}\n`;
  for (let i = 0; i < 3000; i++) output.write(line);
  blocked = false;
  output.flush();
  const text = got.join('');
  expect(text.length).toBeLessThan(1.5 * 2 ** 20);
  expect(text).toMatch(/\(\d+ log lines were lost: stderr was not read\)/);
});

test('lines of a process that ends at once are not lost', async () => {
  const writer = await program(new URL('./log-child.ts', import.meta.url));
  const { err } = await ended(writer.start([]));
  await writer.remove();
  const lines = err.split('\n').filter((line) => line.includes('INFO  line '));
  expect(lines).toHaveLength(2000);
});
