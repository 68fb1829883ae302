import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/contract/clock.ts';
import generate from '../../src/sources/generate/index.ts';
import { compileTemplate, templateProblem } from '../../src/sources/generate/template.ts';
import { contextOf, MemoryStore, Reading } from './world.ts';

describe('made-up events', () => {
  it('are as many as asked for, and go on where they were', async () => {
    const store = new MemoryStore();
    const config = { count: 5, template: 'event {n}' };
    const first = await Reading.of(generate, config, contextOf({ store }));
    expect((await first.all()).length).toBe(5);
    await first.commit(2);
    expect(await first.source.lag?.()).toEqual({ events: 3 });
    await first.end();
    const second = await Reading.of(generate, config, contextOf({ store }));
    expect(await second.all()).toEqual(['event 3', 'event 4', 'event 5']);
    await second.commit();
    expect(await (await Reading.of(generate, config, contextOf({ store }))).all()).toEqual([]);
    const start = { point: { at: 'earliest' }, ignoreStored: true } as const;
    expect((await (await Reading.of(generate, config, contextOf({ store, start }))).all()).length).toBe(5);
  });

  it('that were finished out of order before a crash do not come again', async () => {
    const store = new MemoryStore();
    const config = { count: 5, template: '{n}' };
    const first = await Reading.of(generate, config, contextOf({ store }));
    await first.all();
    const doneBeyond = [{ from: 2, to: 4, offsets: [2, 3] }];
    await first.source.commit?.([{ partition: 'generate', epoch: 0, next: 1, doneBeyond }]);
    expect(await (await Reading.of(generate, config, contextOf({ store }))).all()).toEqual(['1', '4', '5']);
  });

  it('come in batches that are not too large, and let timers run in between', async () => {
    const reading = await Reading.of(generate, {}, contextOf({ maxBatch: { events: 10, bytes: 25 } }));
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 1);
    while (!fired) expect((await reading.batch())?.deliveries.length).toBeLessThanOrEqual(4);
    reading.abort();
    await reading.all();
  });

  it('keep to the rate, and make up for at most one second', async () => {
    let now = 0;
    const clock: Clock = {
      ...systemClock,
      monotonic: () => now,
      sleep: async (ms) => {
        now += ms;
      },
    };
    const reading = await Reading.of(generate, { rate: 100 }, contextOf({ clock }));
    await reading.some(501);
    expect(now).toBeGreaterThanOrEqual(4990);
    expect(now).toBeLessThanOrEqual(5100);
    now += 60_000;
    const before = reading.deliveries.length;
    const since = now;
    while (now === since) await reading.batch();
    expect(reading.deliveries.length - before).toBeLessThanOrEqual(105);
  });
});

describe('the template', () => {
  const made = (template: unknown, n = 7) => compileTemplate(template)(n);

  it('becomes JSON in which {n} is the number', () => {
    expect(made({ n: '{n}', id: 'a-{n}', list: ['{n}', 'x'] })).toBe('{"n":7,"id":"a-7","list":[7,"x"]}');
    expect(made({ '{n}': 1, quote: '"{n}"' })).toBe('{"7":1,"quote":"\\"7\\""}');
    expect(made({ fixed: true })).toBe('{"fixed":true}');
    expect(made(null)).toBe('null');
  });

  it('that is a string is the text itself', () => {
    expect(made('line {n} of {n}')).toBe('line 7 of 7');
  });

  it('always becomes JSON, whatever it holds', () => {
    const text = fc
      .array(fc.constantFrom('{n}', '"', '\\', ':', 'a', ' ', '{', '}'))
      .map((parts) => parts.join(''));
    const tree = fc.letrec((tie) => ({
      node: fc.oneof({ maxDepth: 3 }, text, fc.array(tie('node')), fc.dictionary(text, tie('node'))),
    })).node;
    fc.assert(
      fc.property(
        tree.filter((value) => typeof value !== 'string'),
        (template) => {
          JSON.parse(made(template));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('may not be larger than 1 MiB', () => {
    expect(templateProblem({ n: 1 })).toBeUndefined();
    expect(templateProblem('x'.repeat(1024 * 1024 + 1))).toMatch(/1048577 bytes long/);
  });
});
