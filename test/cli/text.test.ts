import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteSize, duration, grouped, perSecond } from '../../src/cli/numbers.ts';
import { reportText } from '../../src/cli/report.ts';
import { statusText } from '../../src/cli/status-text.ts';
import type { StepStats } from '../../src/contract/stats.ts';
import { emptyStats, viewOf } from '../admin/view.ts';

describe('numbers for people', () => {
  it.each([
    [grouped(0), '0'],
    [grouped(999), '999'],
    [grouped(1234567), '1,234,567'],
    [duration(12), '12 ms'],
    [duration(1234), '1.2 s'],
    [duration(59_999), '60.0 s'],
    [duration(125_000), '2 min 5 s'],
    [duration(3_600_000 * 3 + 125_000), '3 h 2 min'],
    [byteSize(0), '0 B'],
    [byteSize(1_200), '1.2 kB'],
    [byteSize(999_600), '1.0 MB'],
    [byteSize(123_456_789), '123 MB'],
    [perSecond(0, 1000), '0/s'],
    [perSecond(5, 0), '0/s'],
    [perSecond(1, 2000), '0.5/s'],
    [perSecond(12_345, 1000), '12,345/s'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('the status line', () => {
  const moment = { recentReads: 2400, overMs: 2000, lag: { events: 40 } };

  it('shows rate, outcomes, lag and what is in flight', () => {
    const view = viewOf({ stats: emptyStats({ acted: 12, dropped: 1188, dead: 1, inFlight: 3 }) });
    expect(statusText(view, moment, 120, false)).toBe(
      'tags  1,200/s  acted 12  dropped 1,188  dead 1  lag 40  in flight 3',
    );
  });

  it('says why nothing moves', () => {
    const view = viewOf({ health: { state: 'outage', ready: false, reason: 'cannot poll x' } });
    expect(statusText(view, moment, 120, false)).toMatch(/^tags {2}outage: cannot poll x {2}1,200\/s/);
  });

  it('keeps a line for a pipeline that has ended', () => {
    const view = viewOf({ stats: emptyStats({ acted: 2 }), end: { exitCode: 0, reason: 'end of source' } });
    expect(statusText(view, moment, 120, false)).toBe('tags  ended  acted 2  dropped 0  dead 0');
  });

  it('never is as wide as the terminal, and never holds a control character', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), text, text, (columns, name, reason) => {
        const view = viewOf({ name, health: { state: 'outage', ready: false, reason } });
        const line = statusText(view, moment, columns, false);
        expect(line.length).toBeLessThan(Math.max(columns, 1));
        expect(line).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe('the report', () => {
  const step = (label: string, processed: number, dropped = 0, failed = 0): StepStats => ({
    label,
    processed,
    dropped,
    failed,
    latency: { counts: [], sum: 0, count: 0 },
  });
  const context = { ranMs: 400, stateDir: './.evrun', dryRun: false, resumable: true, queue: false };
  const end = { exitCode: 0, reason: 'end of source' };

  it('tells what became of the events, step by step, where the dead letters are and how to resume', () => {
    const stats = emptyStats({
      read: 1000,
      acted: 100,
      dropped: 899,
      dead: 1,
      retries: 3,
      steps: [step('filter', 1000, 899), step('transform[0] map', 101), step('action file', 101, 0, 1)],
    });
    expect(reportText(viewOf({ stats, end }), context)).toBe(
      [
        'tags (recipes/tags.yml) ended: end of source',
        '  1,000 events in 400 ms (2,500/s): 100 acted, 899 dropped, 1 dead',
        '    filter            1,000 in  899 dropped',
        '    transform[0] map    101 in',
        '    action file         101 in               1 failed',
        '  3 attempts failed and were tried again',
        '  dead letters: logs/tags/failed_events.log',
        '  resume: the same command goes on where this run ended (positions are in ./.evrun)',
        '',
      ].join('\n'),
    );
  });

  it('names the step that let nothing pass', () => {
    const steps = [step('filter', 1000, 400), step('filters[0] where', 600, 600), step('action http', 0)];
    const stats = emptyStats({ read: 1000, dropped: 1000, steps });
    expect(reportText(viewOf({ stats, end }), context)).toContain(
      'nothing was acted on: no event passed `filters[0] where`',
    );
  });

  it('names the first step when everything was dropped unparsed', () => {
    const stats = emptyStats({
      read: 9,
      dropped: 9,
      prefiltered: 9,
      steps: [step('filter', 0), step('action http', 0)],
    });
    const text = reportText(viewOf({ stats, end }), context);
    expect(text).toContain('no event passed `filter`');
    expect(text).toContain('9 of the dropped were not parsed');
  });

  it('tells records that are none of the format by its reason', () => {
    const stats = emptyStats({ read: 3, dropped: 3, ignored: new Map([['platform event x', 3]]) });
    const text = reportText(viewOf({ stats, end }), context);
    expect(text).toContain('3 of the dropped: platform event x');
    expect(text).toContain('nothing was acted on: all events were of kinds that the format does not hand on');
  });

  it('tells that a pipeline failed, with its exit code; the reason was logged', () => {
    const failed = { exitCode: 5, reason: 'cannot poll x' };
    const text = reportText(viewOf({ end: failed }), context);
    expect(text).toContain('tags (recipes/tags.yml) failed with exit code 5, the log above says why\n');
  });

  it('shows where the event stands that THROW ended for, and what was left unfinished', () => {
    const thrown = { exitCode: 3, reason: 'failure_mode THROW: no' };
    const text = reportText(viewOf({ end: thrown, stats: emptyStats({ read: 6, acted: 4 }) }), context);
    expect(text).toContain('  dead letters: logs/tags/failed_events.log\n');
    expect(text).toContain('  2 events not finished: the next run reads them again\n');
    const view = viewOf({ end: thrown, stats: emptyStats({ read: 6, acted: 4 }) });
    const givenUp = viewOf({ end: thrown, stats: emptyStats({ read: 6, acted: 4, revoked: 2 }) });
    expect(reportText(givenUp, context)).not.toContain('not finished');
    const lost = reportText(view, { ...context, resumable: false });
    expect(lost).toContain('  2 events not finished: they are lost, and so is what was not read');
  });

  it('tells how far behind the source was left, and where it keeps its positions', () => {
    const stats = emptyStats({ read: 6, acted: 6 });
    const lag = { events: 41, partitions: { 'orders-0': 12, 'orders-1': 29, 'orders-2': 0 } };
    const text = reportText(viewOf({ stats, end }), { ...context, lag, positionsIn: 'the consumer group' });
    expect(text).toContain('  lag: 41 events (orders-1: 29, orders-0: 12)\n');
    expect(text).toContain('(positions are in the consumer group)');
    const many = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`p${i}`, 9 - i]));
    const cut = reportText(viewOf({ stats, end }), { ...context, lag: { events: 42, partitions: many } });
    expect(cut).toContain('p4: 5, and 2 more)');
    expect(reportText(viewOf({ stats, end }), { ...context, lag: { bytes: 0 } })).not.toContain('lag');
  });

  it('promises no resuming where there is none', () => {
    const view = viewOf({ stats: emptyStats({ read: 1, acted: 1 }), end });
    expect(reportText(view, { ...context, dryRun: true })).toContain('dry run: nothing was acted on');
    expect(reportText(view, { ...context, resumable: false })).toContain('resume: this source cannot');
  });
});
