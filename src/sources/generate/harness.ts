import type { SourceHarness } from '../../contract/harness.ts';

export const harness: SourceHarness = {
  kind: 'source',
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
