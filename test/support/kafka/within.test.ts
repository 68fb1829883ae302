import { expect, it } from 'vitest';
import { within } from '../../../src/support/kafka/within.ts';

const never = new Promise<string>(() => undefined);
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

it('gives what comes in time, and leaves no timer behind', async () => {
  const before = timers();
  expect(await within(60_000, Promise.resolve('x'))).toBe('x');
  expect(timers()).toBe(before);
});

it('gives nothing for what fails or never comes', async () => {
  expect(await within(60_000, Promise.reject(new Error('no')))).toBeUndefined();
  expect(await within(1, never)).toBeUndefined();
});
