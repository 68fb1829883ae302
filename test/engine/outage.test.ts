import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/contract/clock.ts';
import { EvrunError } from '../../src/contract/errors.ts';
import { Outage } from '../../src/engine/outage.ts';
import { MemoryLog } from './kit.ts';

/** Time that passes only while something sleeps. */
class SleepingClock implements Clock {
  ms = 0;
  sleeps: number[] = [];
  now = (): number => this.ms;
  monotonic = (): number => this.ms;
  sleep = async (ms: number): Promise<void> => {
    if (this.sleeps.push(ms) > 10_000) throw new Error('it waits without end');
    this.ms += ms;
  };
}

function setup(maxOutageMs?: number) {
  const clock = new SleepingClock();
  const log = new MemoryLog();
  const stop = new AbortController();
  return { clock, log, stop, outage: new Outage({ clock, log, signal: stop.signal, maxOutageMs }) };
}

const away = (retryAfterMs?: number) =>
  new EvrunError('EVR_UNREACHABLE', 'nobody answers', { retry: 'later', retryAfterMs });

describe('an outage', () => {
  it('at the start is given up after 60 s, although the action was opened before', async () => {
    const { outage, clock, log } = setup();
    await outage.reach('open the action', async () => undefined);
    const failing = outage.reach('poll', async () => Promise.reject(away()));
    await expect(failing).rejects.toMatchObject({ code: 'EVR_UNREACHABLE', exitCode: 5 });
    await expect(failing).rejects.toThrow(/cannot poll: gave up after 60 s .*nobody answers/);
    expect(Math.round(clock.ms / 1000)).toBe(60);
    expect(log.lines[0]?.sentence).toBe('cannot poll: nobody answers. Trying again for 60 s');
  });

  // Guard: the longer of the two limits was taken, whatever the recipe said.
  it('at the start is given up after max_outage_seconds where that is less than 60 s, and never later', async () => {
    for (const [maxMs, gaveUpAfter] of [
      [2_500, 2.5],
      [600_000, 60],
    ] as const) {
      const { outage, clock, log } = setup(maxMs);
      await expect(outage.reach('poll', async () => Promise.reject(away()))).rejects.toThrow(/gave up/);
      expect(clock.ms / 1000).toBeCloseTo(gaveUpAfter, 1);
      expect(log.lines[0]?.sentence).toMatch(new RegExp(`Trying again for ${gaveUpAfter} s$`));
    }
  });

  it('once connected is waited out without limit: a warning at once, then one a minute, and one line at its end', async () => {
    const { outage, clock, log } = setup();
    outage.connect();
    const hour = 3_600_000;
    const result = await outage.reach('poll', async () =>
      clock.ms < hour ? Promise.reject(away()) : 'page',
    );
    expect(result).toBe('page');
    const warnings = log.lines.filter(({ level }) => level === 'warn');
    expect(warnings[0]?.sentence).toBe('cannot poll: nobody answers. Trying again until it works');
    expect(warnings.length).toBeGreaterThan(30);
    expect(warnings.length).toBeLessThanOrEqual(61);
    expect(log.lines.at(-1)?.sentence).toBe('can poll again');
    expect(outage.reason).toBeUndefined();
  });

  it('is told in whole sentences, also where an error ends as a question and after one attempt', async () => {
    const { outage, clock, log } = setup();
    outage.connect();
    let reason: string | undefined;
    await outage.reach('poll', async () => {
      reason = outage.reason;
      if (clock.ms === 0) throw new EvrunError('EVR_UNREACHABLE', 'is it a server?', { retry: 'later' });
    });
    expect(log.lines[0]?.sentence).toBe('cannot poll: is it a server? Trying again until it works');
    expect(reason).toBe('cannot poll (1 attempt failed)');
  });

  it('ends with max_outage_seconds where that is set', async () => {
    const { outage, clock } = setup(5_000);
    outage.connect();
    await expect(outage.reach('poll', async () => Promise.reject(away()))).rejects.toThrow(/gave up/);
    expect(Math.round(clock.ms / 1000)).toBe(5);
  });

  it('waits as long as Retry-After says', async () => {
    const { outage, clock } = setup();
    outage.connect();
    let calls = 0;
    await outage.reach('poll', async () => (calls++ === 0 ? Promise.reject(away(45_000)) : undefined));
    expect(clock.sleeps).toEqual([45_000]);
  });

  it('what waiting cannot repair is thrown as it is, at once', async () => {
    const { outage, clock } = setup();
    const refused = new EvrunError('EVR_REFUSED', 'wrong token');
    await expect(outage.reach('poll', async () => Promise.reject(refused))).rejects.toBe(refused);
    expect(clock.ms).toBe(0);
  });
});
