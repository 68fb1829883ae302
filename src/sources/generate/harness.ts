import type { SourceHarness } from '../../contract/harness.ts';

export const harness: SourceHarness = {
  kind: 'source',
  skips: {
    late: 'its events are fixed by its config: none can be added while it runs',
    idle: 'it ends or goes on, it is never idle',
    poison: 'every record comes from the one template',
  },
  async start() {
    const numbers: number[] = [];
    return {
      // `count` is what was put so far: a source made later reads up to there.
      get config() {
        return { count: numbers.length, template: { n: '{n}' } };
      },
      put: async (more) => void numbers.push(...more),
      readN: ({ data }) => numbers[(data as { n: number }).n - 1] ?? -1,
      stop: async () => {},
    };
  },
};
