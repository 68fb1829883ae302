import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// `house` reads the source tree and the documents; the rest run the program.
const house = ['test/house/**/*.test.ts'];

/** .ci/run asks for a report that it can count. */
const report = process.env['TEST_REPORT'];

export default defineConfig({
  test: {
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Many tests wait for servers: one more than there are cores keeps two cores busy.
    maxWorkers: Math.max(3, availableParallelism()),
    // Facts are waited for: a busy machine is no failure.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      { extends: true, test: { name: 'house', include: house } },
      { extends: true, test: { name: 'evrun', include: ['test/**/*.test.ts'], exclude: house } },
    ],
  },
});
