import { describe, expect, it } from 'vitest';
import { withChanges } from '../../src/contract/envelope.ts';
import { EvrunError } from '../../src/contract/errors.ts';
import type { Event } from '../../src/contract/event.ts';
import type { Source } from '../../src/contract/source.ts';
import type { Ending } from '../../src/contract/transformer.ts';
import { eventually, Fact, MemoryLetters, MemorySource, pipelineFor } from './kit.ts';

const words = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `w${from + i}`);

describe('Invariant 1: nothing is committed before its outcome is durable', () => {
  it('does not commit a delivery while its action runs', async () => {
    const source = new MemorySource(['a', 'b']);
    const gate = new Fact();
    const pipeline = pipelineFor({
      source,
      options: { orderBy: 'none' },
      act: ({ data }) => (data === 'a' ? gate.happened : undefined),
    });
    const end = pipeline.run(false);
    await eventually(() => source.commits.length >= 1);
    expect(source.next()).toBe(0);
    gate.happen();
    await end;
    expect(source.next()).toBe(2);
  });

  it('does not commit a dead delivery before its line is on disk', async () => {
    const source = new MemorySource(['!bad', 'good']);
    const letters = new MemoryLetters();
    const disk = new Fact();
    letters.before = () => disk.happened;
    const end = pipelineFor({ source, letters }).run(false);
    await eventually(() => source.commits.length > 0);
    expect(source.next()).toBe(0);
    disk.happen();
    await end;
    expect(source.next()).toBe(2);
    expect(letters.letters).toHaveLength(1);
  });

  it('does not commit a dead delivery before the place that its source keeps for them has it', async () => {
    const source: MemorySource & Pick<Source, 'deadLetter'> = new MemorySource(['!bad', 'good']);
    const letters = new MemoryLetters();
    const topic = new Fact();
    const filed: string[] = [];
    source.deadLetter = async (letter, delivery) => {
      expect(letters.letters).toHaveLength(1);
      await topic.happened;
      filed.push(`${letter.evrun.step} ${delivery.position.offset}`);
    };
    const end = pipelineFor({ source, letters }).run(false);
    await eventually(() => source.commits.length > 0);
    expect(source.next()).toBe(0);
    topic.happen();
    await end;
    expect(filed).toEqual(['decode 0']);
    expect(source.next()).toBe(2);
  });

  it('files nothing in the place of its source in a dry run', async () => {
    const source: MemorySource & Pick<Source, 'deadLetter'> = new MemorySource(['!bad']);
    let filed = 0;
    source.deadLetter = async () => {
      filed += 1;
    };
    const pipeline = pipelineFor({ source, limits: { dryRun: true } });
    await pipeline.run(false);
    expect([pipeline.stats.dead, filed]).toEqual([1, 0]);
  });

  it('stops without committing when the dead letter cannot be written', async () => {
    const source = new MemorySource(['good', '!bad', 'more']);
    const letters = new MemoryLetters();
    letters.fail = () => new EvrunError('EVR_DEAD_LETTERS', 'disk full', { fatal: true });
    const end = await pipelineFor({ source, letters }).run(false);
    expect(end.exitCode).toBe(1);
    expect(end.reason).toContain('disk full');
    expect(source.next()).toBe(1);
  });

  it('makes what steps remember durable before the commit', async () => {
    const order: string[] = [];
    const source = new MemorySource(['a']);
    const commit = source.commit.bind(source);
    source.commit = async (progress) => {
      order.push('commit');
      await commit(progress);
    };
    const step = {
      transform: (event: Event) => event,
      flush: async () => {
        order.push('flush');
      },
    };
    await pipelineFor({ source, steps: [step] }).run(false);
    expect(order).toEqual(['flush', 'commit']);
  });
});

describe('Invariant 2: one delivery, one outcome', () => {
  it('counts every delivery exactly once, whatever happens to it', async () => {
    const source = new MemorySource(['!poison', '?ignored', 'drop', 'act', 'die', 'split', ...words(0, 50)]);
    const endings: Ending[] = [];
    const pipeline = pipelineFor({
      source,
      options: { retryCount: 1 },
      steps: [
        (event, passage) => {
          passage?.onEnding((ending) => endings.push(ending));
          if (event.data === 'drop') return null;
          return event.data === 'split' ? [event, event] : event;
        },
      ],
      act: async ({ data }) => {
        if (data === 'die') throw new Error('no');
      },
    });
    await pipeline.run(false);
    const { read, acted, dropped, dead } = pipeline.stats;
    expect({ read, acted, dropped, dead }).toEqual({ read: 56, acted: 52, dropped: 2, dead: 2 });
    expect(endings).toHaveLength(54);
  });
});

describe('Invariant 3: outcomes of an older epoch are dropped and counted', () => {
  it('never commits what finished after its partition was taken away', async () => {
    const source = new MemorySource([{ value: 'old', epoch: 0 }], [{ value: 'new', epoch: 1 }]);
    const gate = new Fact();
    const pipeline = pipelineFor({
      source,
      options: { orderBy: 'none' },
      act: ({ data }) => (data === 'old' ? gate.happened : undefined),
    });
    const end = pipeline.run(false);
    await eventually(() => pipeline.stats.acted === 1);
    gate.happen();
    await end;
    expect(pipeline.stats.stale).toBe(1);
    expect(source.commits.flat().every(({ epoch }) => epoch === 1)).toBe(true);
  });
});

describe('Invariant 4: a retry repeats the failed step with the input that it had', () => {
  it('does not run earlier steps again, nor parts that were acted on', async () => {
    const calls: string[] = [];
    let failures = 2;
    const source = new MemorySource(['x']);
    await pipelineFor({
      source,
      steps: [
        (event) => {
          calls.push('split');
          return [withChanges(event, { data: 'first' }), withChanges(event, { data: 'second' })];
        },
        (event) => {
          calls.push(`step ${event.data}`);
          return event;
        },
      ],
      act: async ({ data, id }, attempt) => {
        calls.push(`act ${data} ${id.slice(-2)} try ${attempt.number}`);
        if (data === 'second' && failures-- > 0) throw new Error('not yet');
      },
    }).run(false);
    expect(calls).toEqual([
      'split',
      'step first',
      'act first #0 try 1',
      'step second',
      'act second #1 try 1',
      'act second #1 try 2',
      'act second #1 try 3',
    ]);
  });

  it('puts the original into the dead letter, with every attempt', async () => {
    const letters = new MemoryLetters();
    await pipelineFor({
      source: new MemorySource(['key=original']),
      letters,
      options: { retryCount: 2 },
      steps: [(event) => withChanges(event, { data: 'changed', type: 'other' })],
      act: () => {
        throw new Error('refused');
      },
    }).run(false);
    const [letter] = letters.letters;
    expect(letter).toMatchObject({
      event_type: 'word',
      eventText: '"key=original"',
      meta: { offset: 0 },
      evrun: { step: 'action test', key: 'key', committed: true, position: { partition: 'p', offset: 0 } },
    });
    expect(letter?.evrun.attempts.map(({ error }) => error)).toEqual(['refused', 'refused', 'refused']);
  });
});

describe('Invariant 5: stopping is bounded in time and loses nothing', () => {
  it('lets what has begun finish, and leaves the rest uncommitted', async () => {
    const source = new MemorySource(words(0, 5));
    source.stays = true;
    const gate = new Fact();
    const acted: unknown[] = [];
    const pipeline = pipelineFor({
      source,
      act: async ({ data }) => {
        await gate.happened;
        acted.push(data);
      },
    });
    const end = pipeline.run(false);
    await eventually(() => pipeline.stats.inFlight === 5);
    pipeline.stop('stopped by a test');
    gate.happen();
    expect(await end).toMatchObject({ exitCode: 0, reason: 'stopped by a test' });
    expect(acted).toEqual(['w0']);
    expect(source.next()).toBe(1);
    expect(source.closed).toBe(1);
  });

  it('ends although an action ignores its signal', async () => {
    const source = new MemorySource(['stuck']);
    const pipeline = pipelineFor({
      source,
      options: { shutdownTimeoutMs: 50 },
      act: () => new Promise(() => undefined),
    });
    const end = pipeline.run(false);
    await eventually(() => pipeline.stats.inFlight === 1);
    pipeline.stop('stopped by a test');
    expect((await end).exitCode).toBe(0);
    expect(source.next() ?? 0).toBe(0);
  });

  it('ends the wait before a retry at once', async () => {
    const source = new MemorySource(['x']);
    let calls = 0;
    const pipeline = pipelineFor({
      source,
      options: { retryBackoffMs: 3_600_000, shutdownTimeoutMs: 60_000, retryCount: 10 },
      act: () => {
        calls += 1;
        throw new EvrunError('EVR_ACTION', 'busy', { retry: 'later', retryAfterMs: 3_600_000 });
      },
    });
    const end = pipeline.run(false);
    await eventually(() => calls === 1);
    pipeline.stop('stopped by a test');
    expect((await end).exitCode).toBe(0);
    expect(calls).toBe(1);
    expect(source.next() ?? 0).toBe(0);
  });
});

describe('Invariant 8: memory is bounded', () => {
  it('stops reading when one stuck lane holds the frontier, finished deliveries included', async () => {
    const batches = Array.from({ length: 20 }, (_, i) => words(i * 10, i * 10 + 10));
    const source = new MemorySource(...batches);
    const gate = new Fact();
    const pipeline = pipelineFor({
      source,
      options: { maxInFlight: 30, orderBy: 'none' },
      act: ({ data }) => (data === 'w0' ? gate.happened : undefined),
    });
    const end = pipeline.run(false);
    await eventually(() => pipeline.stats.inFlight === 30);
    await new Promise((resolve) => setImmediate(resolve));
    expect(source.handedOut).toBeLessThanOrEqual(40);
    gate.happen();
    await end;
    expect(source.next()).toBe(200);
  });

  it('bounds bytes as well, and lets one larger delivery through', async () => {
    const source = new MemorySource(['x'.repeat(500), 'y', 'z']);
    const pipeline = pipelineFor({ source, options: { maxInFlightBytes: 100 }, act: async () => undefined });
    await pipeline.run(false);
    expect(source.next()).toBe(3);
  });
});

describe('Invariant 9: what may repeat after a crash is bounded', () => {
  it('reading waits while commits do not keep up: window plus twice commit_every', async () => {
    const source = new MemorySource(...Array.from({ length: 100 }, (_, i) => words(i * 10, i * 10 + 10)));
    const slow = new Fact();
    const commit = source.commit.bind(source);
    source.commit = async (progress) => {
      await slow.happened;
      await commit(progress);
    };
    const pipeline = pipelineFor({
      source,
      options: { commitEvery: 20, maxInFlight: 10, commitIntervalMs: 10_000 },
    });
    const end = pipeline.run(false);
    await eventually(() => pipeline.stats.acted >= 40);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(pipeline.stats.acted).toBeLessThanOrEqual(50);
    slow.happen();
    await end;
    expect(source.next()).toBe(1_000);
  });
});

describe('a source that acknowledges one by one', () => {
  it('hears of every delivery, also of what a leading filter drops and a format ignores', async () => {
    const source = new MemorySource(['a', 'drop', '?ignored', '!bad', 'b']);
    source.settle = async (done) => {
      source.settled.push(...done);
    };
    const filter = { pure: true, transform: (event: Event) => (event.data === 'drop' ? null : event) };
    await pipelineFor({ source, steps: [filter as never] }).run(false);
    const told = source.settled.map(({ delivery, outcome }) => `${delivery.position.offset} ${outcome}`);
    expect(told.sort()).toEqual(['0 acted', '1 dropped', '2 dropped', '3 dead', '4 acted']);
  });
});
