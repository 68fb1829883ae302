import { defineConfig } from 'vitest/config';

// `house` reads the source tree and the documents; the rest run the program.
const house = ['test/house/**/*.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      { extends: true, test: { name: 'house', include: house } },
      { extends: true, test: { name: 'evrun', include: ['test/**/*.test.ts'], exclude: house } },
    ],
  },
});
