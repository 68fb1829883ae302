import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActionHarness } from '../../contract/harness.ts';

const reason =
  'a file does not fail or hang at will: its failures are tested with full devices in test/actions';

export const harness: ActionHarness = {
  kind: 'action',
  async start() {
    const folder = await mkdtemp(join(tmpdir(), 'evrun-file-'));
    const path = join(folder, 'out', 'events.ndjson');
    return {
      config: { path, format: 'cloudevents' },
      async received() {
        const text = await readFile(path, 'utf8').catch(() => '');
        return text
          .split('\n')
          .flatMap((line) => (line === '' ? [] : [(JSON.parse(line) as { id: string }).id]));
      },
      stop: () => rm(folder, { recursive: true, force: true }),
    };
  },
  skips: { failNext: reason, hangNext: reason },
};
