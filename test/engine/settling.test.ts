import { describe, expect, it } from 'vitest';
import { EvrunError } from '../../src/contract/errors.ts';
import type { Settled } from '../../src/contract/source.ts';
import { eventually, Fact, MemoryLog, MemorySource, pipelineFor } from './kit.ts';

/** A source that acknowledges one by one, and remembers what it was told. */
class SettlingSource extends MemorySource {
  readonly told: Settled[] = [];
  override settle = async (done: readonly Settled[]): Promise<void> => {
    this.told.push(...done);
  };
}

describe('a source that acknowledges one by one', () => {
  // Guard: waiting for one running commit only makes this red: the one that ends begins the next.
  it('is closed only after everything that was finished was settled', async () => {
    const source = new SettlingSource(Array.from({ length: 16 }, (_, i) => `w${i}`));
    source.stays = true;
    const [begun, release, go] = [new Fact(), new Fact(), new Fact()];
    let settling = 0;
    source.settle = async (done) => {
      settling += 1;
      begun.happen();
      await release.happened;
      await new Promise((resolve) => setTimeout(resolve, 20));
      source.told.push(...done);
      settling -= 1;
    };
    const close = source.close.bind(source);
    let settlingAtClose = -1;
    source.close = async () => {
      settlingAtClose = settling;
      await close();
    };
    const pipeline = pipelineFor({
      source,
      options: { commitEvery: 2, commitIntervalMs: 100_000, orderBy: 'none' },
      act: async ({ data }) => {
        if (data !== 'w0' && data !== 'w1') await go.happened;
      },
    });
    const running = pipeline.run(false);
    await begun.happened;
    go.happen();
    await eventually(() => pipeline.stats.acted === 16);
    pipeline.stop('test');
    setTimeout(() => release.happen(), 5);
    await running;
    expect(settlingAtClose).toBe(0);
    expect(source.told).toHaveLength(16);
  });

  it('is said to acknowledge where that fails, and not to store a position, which it has not', async () => {
    const source = new SettlingSource(['w0']);
    Object.assign(source, { commit: undefined });
    source.stays = true;
    source.settle = async () => {
      throw new EvrunError('EVR_UNREACHABLE', 'down', { retry: 'later' });
    };
    const log = new MemoryLog();
    const pipeline = pipelineFor({ source, log });
    const running = pipeline.run(false);
    const warned = () => log.lines.filter(({ level }) => level === 'warn').map(({ sentence }) => sentence);
    await eventually(() => warned().length > 0);
    expect(warned()[0]).toMatch(/^cannot acknowledge messages of memory: down/);
    pipeline.stop('test');
    const { exitCode, reason } = await running;
    expect(exitCode).toBe(5);
    expect(reason).toBe('could not acknowledge the last messages of memory: down');
    expect(warned().at(-1)).toBe(`${reason}. They may come again`);
  });

  for (const [what, text, most] of [
    ['many', 'x', 1_400],
    ['bytes', 'x'.repeat(1_000_000), 40],
  ] as const) {
    // Guard: without the bound all is read, kept in memory, hidden from others and repeated by a crash.
    it(`is not read further while too ${what === 'many' ? 'many' : 'large'} deliveries wait for it`, async () => {
      const batches = Array.from({ length: 2 * most }, () => [text]);
      const source = new SettlingSource(...batches);
      const release = new Fact();
      let begun = 0;
      source.settle = async (done) => {
        begun += 1;
        await release.happened;
        source.told.push(...done);
      };
      const pipeline = pipelineFor({ source, options: { commitIntervalMs: 100_000 } });
      const running = pipeline.run(false);
      await eventually(() => begun > 0);
      for (let turn = 0; turn < 5_000; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(source.handedOut).toBeLessThan(most);
      release.happen();
      await running;
      expect(source.told).toHaveLength(2 * most);
    });
  }
});
