import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { deliveryId } from '../../src/contract/envelope.ts';
import stdin from '../../src/sources/stdin/index.ts';
import { contextOf, Reading, Said } from './world.ts';

const real = Object.getOwnPropertyDescriptor(process, 'stdin') as PropertyDescriptor;
let input: PassThrough;

beforeEach(() => {
  input = new PassThrough();
  Object.defineProperty(process, 'stdin', { value: input, configurable: true });
});

afterEach(() => {
  Object.defineProperty(process, 'stdin', real);
});

it('hands over lines until the input ends, the last one without its end too', async () => {
  const reading = await Reading.of(stdin, {}, contextOf());
  input.write('1\r\n\n2');
  expect(await reading.some(1)).toEqual(['1']);
  input.end('2\n3');
  expect(await reading.all()).toEqual(['1', '22', '3']);
});

it('says at the start that it cannot be resumed, and on a terminal how to end', async () => {
  const log = new Said();
  Object.assign(input, { isTTY: true });
  await Reading.of(stdin, {}, contextOf({ log }));
  expect(log.lines).toEqual([
    'reading events from the terminal, Ctrl-D ends',
    expect.stringMatching(/cannot be resumed/),
  ]);
});

it('says "nothing new" while nothing comes, loses nothing of it, and ends at once when it is aborted', async () => {
  const reading = await Reading.of(stdin, {}, contextOf());
  expect(await reading.batch()).toEqual({ deliveries: [] });
  input.write('1\n');
  expect(await reading.some(1)).toEqual(['1']);
  const next = reading.batch();
  reading.abort();
  expect(await next).toBeUndefined();
  await reading.end();
  expect(input.listenerCount('readable')).toBe(0);
});

it('ends when there is nothing more for now, where asked to catch up', async () => {
  const reading = await Reading.of(stdin, {}, contextOf({ untilCaughtUp: true }));
  input.write('1\n2\nhalf');
  expect(await reading.all()).toEqual(['1', '2']);
});

it('gives the lines of another run other ids, though they stand at the same offsets', async () => {
  const id = async () => {
    input = new PassThrough();
    Object.defineProperty(process, 'stdin', { value: input, configurable: true });
    const reading = await Reading.of(stdin, {}, contextOf());
    input.end('{"n":1}\n');
    await reading.all();
    return deliveryId(reading.deliveries[0] as NonNullable<(typeof reading.deliveries)[0]>);
  };
  expect(await id()).not.toBe(await id());
});

it('takes no more from the input than it was asked for', async () => {
  const reading = await Reading.of(stdin, {}, contextOf());
  const line = `${'x'.repeat(1023)}\n`;
  let written = 0;
  while (input.write(line) || written < 100) written += 1;
  await reading.some(1);
  const buffered = input.readableLength + input.writableLength;
  expect(buffered).toBeGreaterThan(0);
  input.end();
  expect((await reading.all()).length).toBe(written + 1);
});

it('tells why the input failed', async () => {
  const reading = await Reading.of(stdin, {}, contextOf());
  input.destroy(new Error('EIO: i/o error'));
  await expect(reading.all()).rejects.toThrow('standard input cannot be read: EIO: i/o error');
});
