import { expect, it } from 'vitest';
import { followSignals } from '../../src/cli/signals.ts';
import { TestHost } from './host.ts';

let now = 0;

function follow(host: TestHost): string[] {
  const calls: string[] = [];
  const actions = {
    stop: (reason: string) => calls.push(reason),
    reopen: () => calls.push('reopen'),
    abandon: () => calls.push('abandon'),
  };
  followSignals(host, actions, { monotonic: () => now });
  return calls;
}

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('stops at the first %s and ends at once at the second', (signal, exitCode) => {
  const host = new TestHost();
  const calls = follow(host);
  host.signal(signal);
  expect([calls, host.exits]).toEqual([[`stopped by ${signal}`], []]);
  now += 50;
  host.signal(signal);
  expect([calls, host.exits]).toEqual([[`stopped by ${signal}`, 'abandon'], [exitCode]]);
});

it('takes the exit code of the signal that ended it', () => {
  const host = new TestHost();
  follow(host);
  host.signal('SIGINT');
  now += 50;
  host.signal('SIGTERM');
  expect(host.exits).toEqual([143]);
});

// Guard: `timeout` signals the process, then its group; taken for a second signal the last one ends it uncommitted.
it('takes signals that come together for one', () => {
  const host = new TestHost();
  const calls = follow(host);
  host.signal('SIGTERM');
  now += 49;
  host.signal('SIGTERM');
  host.signal('SIGINT');
  expect([calls, host.exits]).toEqual([['stopped by SIGTERM'], []]);
  now += 1;
  host.signal('SIGTERM');
  expect(host.exits).toEqual([143]);
});

it('reopens files at SIGHUP, as often as asked', () => {
  const host = new TestHost();
  const calls = follow(host);
  host.signal('SIGHUP');
  host.signal('SIGHUP');
  expect([calls, host.exits]).toEqual([['reopen', 'reopen'], []]);
});

// Proven: without the look at `hungUp` this reopens, and nothing can stop the process from a terminal any more.
it('stops when SIGHUP says that the terminal was closed', () => {
  const host = new TestHost();
  host.hasHungUp = true;
  const calls = follow(host);
  host.signal('SIGHUP');
  expect(calls).toEqual(['the terminal was closed']);
});

it('stops when nobody reads the output any more, and a first signal after that still does not end at once', () => {
  const host = new TestHost();
  const calls = follow(host);
  host.closeOutput();
  host.signal('SIGTERM');
  expect([calls, host.exits]).toEqual([['its output was closed', 'stopped by SIGTERM'], []]);
});
