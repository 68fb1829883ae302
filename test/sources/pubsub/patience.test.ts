import { expect, it } from 'vitest';
import { Patience } from '../../../src/sources/pubsub/patience.ts';

let now = 0;

/** A server that takes `takesMs` for its answer: how long each of these requests was given, until one is answered. */
async function given(patience: Patience, takesMs: number): Promise<number[]> {
  const all: number[] = [];
  for (let answered = false; !answered && all.length < 10; ) {
    const request = async (timeoutMs: number) => {
      all.push(timeoutMs);
      now += Math.min(takesMs, timeoutMs);
      if (takesMs > timeoutMs) throw new Error('no answer in time');
    };
    answered = await patience.with(request).then(
      () => true,
      () => false,
    );
  }
  return all;
}

it('gives ten seconds, and twice as much after each silence, up to a minute', async () => {
  const patience = new Patience(() => now);
  expect(await given(patience, 50_000)).toEqual([10_000, 20_000, 40_000, 60_000]);
});

it('does not give up a server that stays slow', async () => {
  const patience = new Patience(() => now);
  expect(await given(patience, 15_000)).toEqual([10_000, 20_000]);
  expect(await given(patience, 15_000)).toEqual([20_000]);
});

it('is short again once the server is quick', async () => {
  const patience = new Patience(() => now);
  await given(patience, 50_000);
  expect(await given(patience, 5)).toEqual([60_000]);
  expect(await given(patience, 5)).toEqual([10_000]);
});

it('is not changed by what fails at once', async () => {
  const patience = new Patience(() => now);
  const refused = () => patience.with(() => Promise.reject(new Error('connection refused')));
  await expect(refused()).rejects.toThrow('refused');
  expect(await given(patience, 5)).toEqual([10_000]);
});
