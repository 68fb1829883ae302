import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceHarness } from '../../contract/harness.ts';

export const harness: SourceHarness = {
  kind: 'source',
  async start() {
    const folder = await mkdtemp(join(tmpdir(), 'evrun-file-'));
    const path = join(folder, 'events.ndjson');
    await appendFile(path, '');
    return {
      config: { path, follow: true, poll_interval_ms: 20 },
      put: (numbers) => appendFile(path, numbers.map((n) => `{"n":${n}}\n`).join('')),
      putPoison: () => appendFile(path, '{"n":\n'),
      readN: ({ data }) => (data as { n: number }).n,
      stop: () => rm(folder, { recursive: true, force: true }),
    };
  },
};
