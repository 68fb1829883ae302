import { describe, expect, it } from 'vitest';
import { withChanges } from '../../src/contract/envelope.ts';
import { EvrunError } from '../../src/contract/errors.ts';
import { Pipeline } from '../../src/engine/pipeline.ts';
import { Supervisor } from '../../src/engine/supervisor.ts';
import {
  eventually,
  Fact,
  MemoryLetters,
  MemoryLog,
  MemorySource,
  pipelineFor,
  planFor,
  withRevoke,
} from './kit.ts';

describe('failure_mode THROW', () => {
  it('commits up to but not past the failed delivery, writes its line as uncommitted, exits 3', async () => {
    const source = new MemorySource(['a', 'b', 'bad', 'c', 'd']);
    const letters = new MemoryLetters();
    const end = await pipelineFor({
      source,
      letters,
      options: { failureMode: 'THROW', retryCount: 0 },
      act: async ({ data }) => {
        if (data === 'bad') throw new Error('refused');
      },
    }).run(false);
    expect(end).toMatchObject({ exitCode: 3 });
    expect(end.reason).toContain('refused');
    expect(source.next()).toBe(2);
    expect(letters.letters.map(({ evrun }) => evrun.committed)).toEqual([false]);
  });
});

describe('limits', () => {
  it('--max-events ends after N acted or dead, in source order, and leaves the rest uncommitted', async () => {
    for (const act of [() => undefined, async () => undefined]) {
      const source = new MemorySource(['?', 'a', '!', 'b', 'c', 'd']);
      const pipeline = pipelineFor({ source, limits: { maxEvents: 3 }, act });
      expect(await pipeline.run(false)).toMatchObject({ exitCode: 0, reason: '--max-events 3 reached' });
      expect(pipeline.stats).toMatchObject({ acted: 2, dead: 1 });
      expect(source.next()).toBe(4);
    }
  });

  it('--max-events does not count what a step drops later', async () => {
    const source = new MemorySource(['drop', 'a', 'drop', 'b', 'c']);
    source.stays = true;
    const pipeline = pipelineFor({
      source,
      limits: { maxEvents: 2 },
      steps: [async (event) => (event.data === 'drop' ? null : event)],
    });
    await pipeline.run(false);
    expect(pipeline.stats.acted).toBe(2);
    expect(source.next()).toBe(4);
  });

  it('idle time commits first and exits 0; it does not run while something is in work', async () => {
    const source = new MemorySource(['a']);
    source.stays = true;
    const gate = new Fact();
    const pipeline = pipelineFor({ source, limits: { idleTimeoutMs: 20 }, act: () => gate.happened });
    const end = pipeline.run(false);
    await eventually(() => source.polls > 30);
    expect(pipeline.health().state).toBe('running');
    gate.happen();
    expect(await end).toMatchObject({ exitCode: 0, reason: 'idle for 0.02 s' });
    expect(source.next()).toBe(1);
  });

  it('--until ends each partition at the first record that is not older', async () => {
    const source = new MemorySource([
      { value: 'a', partition: 'p', time: 1 },
      { value: 'b', partition: 'q', time: 1 },
      { value: 'c', partition: 'p', time: 10 },
      { value: 'd', partition: 'q', time: 2 },
      { value: 'e', partition: 'p', time: 3 },
      { value: 'f', partition: 'q', time: 11 },
      { value: 'g', partition: 'q', time: 12 },
    ]);
    const pipeline = pipelineFor({ source, limits: { until: 10 } });
    expect(await pipeline.run(false)).toMatchObject({ exitCode: 0, reason: '--until reached' });
    expect(pipeline.stats.acted).toBe(3);
    expect([source.next('p'), source.next('q')]).toEqual([1, 2]);
  });

  it('--dry-run shows what would be done, acts on nothing, commits nothing', async () => {
    const source = new MemorySource(['a', 'b']);
    const shown: string[] = [];
    let acted = 0;
    await pipelineFor({
      source,
      limits: { dryRun: true },
      preview: (line) => shown.push(line),
      action: {
        act: () => {
          acted += 1;
        },
        preview: ({ data }) => `would ${data}`,
      },
    }).run(false);
    expect(shown).toEqual(['would a', 'would b']);
    expect(acted).toBe(0);
    expect(source.commits).toEqual([]);
  });
});

it('a dry run whose preview fails on one event goes on with the next', async () => {
  const shown: string[] = [];
  const pipeline = pipelineFor({
    source: new MemorySource(['bad', 'good']),
    limits: { dryRun: true },
    options: { retryCount: 0 },
    preview: (line) => shown.push(line),
    action: {
      preview: ({ data }) => {
        if (data === 'bad') throw new EvrunError('EVR_TRANSFORM', 'no such field');
        return `would ${data}`;
      },
    },
  });
  expect(await pipeline.run(false)).toMatchObject({ exitCode: 0 });
  expect(shown).toEqual(['would good']);
  expect(pipeline.stats.dead).toBe(1);
});

describe('attempts', () => {
  it('one that takes too long is aborted, and the next begins after it has settled', async () => {
    const log: string[] = [];
    const pipeline = pipelineFor({
      source: new MemorySource(['x']),
      options: { attemptTimeoutMs: 20, retryCount: 1 },
      act: (_, attempt) =>
        new Promise((_resolve, reject) => {
          log.push(`begin ${attempt.number}`);
          attempt.signal.addEventListener('abort', () => {
            log.push(`end ${attempt.number}`);
            reject(attempt.signal.reason);
          });
        }),
    });
    await pipeline.run(false);
    expect(log).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
    expect(pipeline.stats.dead).toBe(1);
  });

  it('an idempotency key is equal on every attempt and redelivery, and differs between parts', async () => {
    const keys = async () => {
      const seen: string[] = [];
      let failed = false;
      await pipelineFor({
        source: new MemorySource(['x']),
        steps: [(event) => [event, event]],
        act: (event, attempt) => {
          seen.push(attempt.idempotencyKey(event));
          if (!failed) {
            failed = true;
            throw new Error('once');
          }
        },
      }).run(false);
      return seen;
    };
    const first = await keys();
    expect(first[0]).toBe(first[1]);
    expect(first[1]).not.toBe(first[2]);
    expect(await keys()).toEqual(first);
  });

  it('many waits before retries are no leak that Node warns of', async () => {
    const warnings: string[] = [];
    const listen = (warning: Error) => warnings.push(warning.name);
    process.on('warning', listen);
    let failing = 50;
    await pipelineFor({
      source: new MemorySource(Array.from({ length: 50 }, (_, i) => `k${i}=x`)),
      options: { retryBackoffMs: 20 },
      act: async () => {
        if (failing-- > 0) throw new Error('once');
      },
    }).run(false);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });

  it('a permanent error is not tried again', async () => {
    let calls = 0;
    const letters = new MemoryLetters();
    await pipelineFor({
      source: new MemorySource(['x']),
      letters,
      act: () => {
        calls += 1;
        throw new EvrunError('EVR_ACTION', 'gone');
      },
    }).run(false);
    expect(calls).toBe(1);
    expect(letters.letters).toHaveLength(1);
  });

  it('an action that returns false has failed', async () => {
    const letters = new MemoryLetters();
    await pipelineFor({
      source: new MemorySource(['x']),
      letters,
      options: { retryCount: 0 },
      act: () => false,
    }).run(false);
    expect(letters.letters[0]?.evrun.error.message).toContain('returned false');
  });
});

describe('sources that redeliver by themselves', () => {
  it('get a failed delivery back until its receives exceed retry_count, then it is dead', async () => {
    const source = new MemorySource([
      { value: 'early', receives: 1 },
      { value: 'late', receives: 3 },
    ]);
    source.settle = async (done) => {
      source.settled.push(...done);
    };
    await pipelineFor({
      source,
      retries: 'source',
      ordered: false,
      options: { retryCount: 2 },
      act: () => {
        throw new Error('no');
      },
    }).run(false);
    expect(source.settled.map(({ outcome }) => outcome).sort()).toEqual(['dead', 'returned']);
  });
});

describe('a source or its commits that fail', () => {
  it('a failing commit is tried again and nothing is lost', async () => {
    const source = new MemorySource(['a', 'b']);
    source.stays = true;
    let failures = 2;
    source.failCommits = () =>
      failures-- > 0 ? new EvrunError('EVR_UNREACHABLE', 'broker is away', { retry: 'later' }) : undefined;
    const log = new MemoryLog();
    const pipeline = pipelineFor({ source, log });
    const end = pipeline.run(false);
    await eventually(() => source.next() === 2);
    pipeline.stop('enough');
    await end;
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('refused credentials end it with exit 5, after one more try where the secrets have changed', async () => {
    for (const changed of [false, true]) {
      const source = new MemorySource(['a']);
      source.failOpen = () => new EvrunError('EVR_REFUSED', 'the token was refused');
      const [end] = await new Supervisor([planFor({ source, changed })]).run();
      expect(end).toMatchObject({ exitCode: 5 });
      expect(source.opened).toBe(changed ? 2 : 1);
    }
  });
});

describe('what is told', () => {
  it('of retries is one line, with what failed and when it is tried again', async () => {
    const log = new MemoryLog();
    let failures = 0;
    const act = (): void => {
      failures += 1;
      if (failures <= 3) throw new Error('the disk of the receiver is full');
    };
    await pipelineFor({ source: new MemorySource(['a']), log, act }).run(false);
    const told = log.lines.filter(({ level }) => level === 'warn').map(({ sentence }) => sentence);
    expect(told).toEqual(['action test failed and is tried again in 1 s: the disk of the receiver is full']);
  });

  it('of a dead letter names its event, also when events before it are not finished', async () => {
    const log = new MemoryLog();
    const gate = new Fact();
    const pipeline = pipelineFor({ source: new MemorySource(['waits', '!']), log, act: () => gate.happened });
    const end = pipeline.run(false);
    await eventually(() => pipeline.stats.dead === 1);
    gate.happen();
    await end;
    const [line] = log.lines.filter(({ level }) => level === 'warn');
    expect(line?.sentence).toBe('an event failed for good at decode: cannot read !');
    expect(line?.fields).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{32}/), dead: 1 });
  });

  it('an action of a message that the queue handed out before is the number of this attempt', async () => {
    const numbers: number[] = [];
    const source = new MemorySource([{ value: 'a', receives: 3 }, { value: 'b' }]);
    source.settle = async () => undefined;
    await pipelineFor({
      source,
      retries: 'source',
      act: (_, attempt) => void numbers.push(attempt.number),
    }).run(false);
    expect(numbers).toEqual([3, 1]);
  });
});

describe('several pipelines', () => {
  it('one that fails does not stop the others, and is restarted after an unexpected error', async () => {
    const bad = new MemorySource(['a']);
    let failures = 1;
    bad.failOpen = () => (failures-- > 0 ? new TypeError('surprise') : undefined);
    const good = new MemorySource(['a', 'b']);
    const supervisor = new Supervisor([
      { ...planFor({ source: bad }), name: 'bad' },
      { ...planFor({ source: good }), name: 'good' },
    ]);
    const ends = await supervisor.run();
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(bad.next()).toBe(1);
    expect(good.next()).toBe(2);
    expect(supervisor.pipelines[0]?.restarts).toBe(1);
  });

  it('one whose source cannot be read again is not restarted once it has read', async () => {
    const source = new MemorySource(['a', 'b']);
    const surprise = planFor({
      source,
      resumable: false,
      changed: true,
      act: () => {
        throw new EvrunError('EVR_REFUSED', 'no', { fatal: true });
      },
    });
    const good = planFor({ source: new MemorySource(['b']) });
    const [end] = await new Supervisor([surprise, { ...good, name: 'good' }]).run();
    expect(end).toMatchObject({ exitCode: 5 });
    expect(source.opened).toBe(1);
  });

  it('THROW ends its pipeline for good', async () => {
    const bad = new MemorySource(['a']);
    const good = new MemorySource(['b']);
    const failing = planFor({
      source: bad,
      options: { failureMode: 'THROW', retryCount: 0 },
      act: () => {
        throw new Error('no');
      },
    });
    const ends = await new Supervisor([
      { ...failing, name: 'bad' },
      { ...planFor({ source: good }), name: 'good' },
    ]).run();
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([3, 0]);
    expect(bad.opened).toBe(1);
  });
});

describe('partitions that are taken away', () => {
  it('what runs is waited for and committed; what comes later is stale', async () => {
    const source = new MemorySource([
      { value: 'runs', partition: 'p' },
      { value: 'hangs', partition: 'q' },
    ]);
    source.stays = true;
    const plan = planFor({
      source,
      options: { orderBy: 'partition' },
      act: ({ data }) => (data === 'runs' ? short.happened : long.happened),
    });
    const short = new Fact();
    const long = new Fact();
    const { pipeline, revoke } = withRevoke(plan);
    const end = pipeline.run(false);
    await eventually(() => pipeline.stats.inFlight === 2);
    const revoked = revoke(['p'], 10_000);
    short.happen();
    await revoked;
    expect(source.next('p')).toBe(1);
    await revoke(['q'], 5);
    long.happen();
    await eventually(() => pipeline.stats.stale === 1);
    pipeline.stop('enough');
    await end;
    expect(source.next('q') ?? 0).toBe(0);
  });

  it('are not begun with any more, though their deliveries wait for room', async () => {
    const source = new MemorySource(
      ['a', 'b', 'c'].map((value) => ({ value, partition: 'p' })),
      [{ value: 'd', partition: 'q' }],
    );
    const begun: unknown[] = [];
    const gate = new Fact();
    const plan = planFor({
      source,
      options: { maxInFlight: 1 },
      act: ({ data }) => {
        begun.push(data);
        return gate.happened;
      },
    });
    const { pipeline, revoke } = withRevoke(plan);
    const end = pipeline.run(false);
    await eventually(() => begun.length === 1);
    await revoke(['p'], 5);
    await eventually(() => begun.length > 1);
    gate.happen();
    await end;
    expect(begun).toEqual(['a', 'd']);
  });

  it('wait together, whatever ends while they do, without a listener for each', async () => {
    const lines = Array.from({ length: 40 }, (_, i) => ({ value: `w${i}`, partition: `p${i % 2}` }));
    const source = new MemorySource(lines);
    source.stays = true;
    const gates = new Map<unknown, Fact>();
    const plan = planFor({
      source,
      options: { orderBy: 'none', concurrency: 40 },
      act: ({ data }) => {
        const gate = new Fact();
        gates.set(data, gate);
        return gate.happened;
      },
    });
    const { pipeline, revoke } = withRevoke(plan);
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on('warning', warned);
    const end = pipeline.run(false);
    await eventually(() => gates.size === 40);
    const revoked = Promise.all([revoke(['p0'], 10_000), revoke(['p1'], 10_000)]);
    for (const gate of gates.values()) {
      gate.happen();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await revoked;
    expect([source.next('p0'), source.next('p1')]).toEqual([20, 20]);
    pipeline.stop('enough');
    await end;
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });
});

it('a stop while the parts are still being built ends in bounded time', async () => {
  const plan = planFor({ source: new MemorySource([]), options: { shutdownTimeoutMs: 30 } });
  const pipeline = new Pipeline({ ...plan, build: () => new Promise(() => undefined) });
  const end = pipeline.run(false);
  pipeline.stop('stopped by a test');
  expect(await end).toMatchObject({ exitCode: 0, reason: 'stopped by a test' });
});

describe('a delivery that was split', () => {
  const outcomes = async (parts: string[]) => {
    const pipeline = pipelineFor({
      source: new MemorySource(['whole']),
      options: { retryCount: 0 },
      steps: [
        (event) => parts.map((data) => withChanges(event, { data })),
        (event) => (event.data === 'drop' ? null : event),
      ],
      act: ({ data }) => {
        if (data === 'die') throw new Error('no');
      },
    });
    await pipeline.run(false);
    const { acted, dropped, dead } = pipeline.stats;
    return { acted, dropped, dead };
  };

  it('is dead if one part is, acted if one was acted on, else dropped', async () => {
    expect(await outcomes(['die', 'act', 'drop'])).toEqual({ acted: 0, dropped: 0, dead: 1 });
    expect(await outcomes(['drop', 'act'])).toEqual({ acted: 1, dropped: 0, dead: 0 });
    expect(await outcomes(['drop', 'drop'])).toEqual({ acted: 0, dropped: 1, dead: 0 });
    expect(await outcomes([])).toEqual({ acted: 0, dropped: 1, dead: 0 });
  });
});

it('what is in work is extended as long as it runs', async () => {
  const source = new MemorySource(['slow']);
  const gate = new Fact();
  const extended: number[] = [];
  const extending = Object.assign(source, {
    extendEveryMs: 2,
    extend: async (open: readonly unknown[]) => {
      extended.push(open.length);
      if (extended.length === 3) gate.happen();
    },
  });
  const pipeline = pipelineFor({ source: extending, act: () => gate.happened });
  expect(await pipeline.run(false)).toMatchObject({ exitCode: 0 });
  expect(extended.slice(0, 3)).toEqual([1, 1, 1]);
});

it('an attempt that does not end after its abort fails the pipeline: a retry beside it could act twice', async () => {
  let calls = 0;
  const source = new MemorySource(['x']);
  const pipeline = pipelineFor({
    source,
    options: { attemptTimeoutMs: 20, shutdownTimeoutMs: 20 },
    act: () => {
      calls += 1;
      return new Promise(() => undefined);
    },
  });
  const end = await pipeline.run(false);
  expect(end).toMatchObject({ exitCode: 1 });
  expect(end.reason).toContain('had not ended 5 s later');
  expect(calls).toBe(1);
  expect(source.next() ?? 0).toBe(0);
});

describe('what is left behind', () => {
  it('is asked of the source before it is closed, for the report', async () => {
    const source = Object.assign(new MemorySource(['a']), {
      lag: async () => ({ events: source.closed === 0 ? 7 : -1 }),
    });
    const pipeline = pipelineFor({ source });
    await pipeline.run(false);
    expect(await pipeline.lag()).toEqual({ events: 7 });
  });

  it('does not hold up the end of a pipeline whose source cannot tell', async () => {
    const source = Object.assign(new MemorySource(['a']), { lag: () => new Promise<never>(() => {}) });
    const pipeline = pipelineFor({ source });
    await expect(pipeline.run(false)).resolves.toMatchObject({ exitCode: 0 });
    expect(await pipeline.lag()).toBeUndefined();
  });
});
