import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import action from '../../../src/actions/pubsub/index.ts';
import source from '../../../src/sources/pubsub/index.ts';

const dir = mkdtempSync(join(tmpdir(), 'evrun-google-options-'));
const file = join(dir, 'key.json');
writeFileSync(file, '{"type": "external_account"}');
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

describe.each([
  ['source', source.check, { subscription: 'orders' }],
  ['action', action.check, { topic: 'orders', attributes: {} }],
])('the check of the %s pubsub', (_, check, required) => {
  const problems = (config: object) =>
    check?.({ ...required, project: 'acme', ...config } as never, { recipeDir: '.' });
  const missing = join(dir, 'none.json');

  it('sees a credentials_file that is missing or holds none', () => {
    vi.stubEnv('PUBSUB_EMULATOR_HOST', '');
    expect(problems({ credentials_file: file })).toEqual([]);
    expect(problems({ credentials_file: missing })).toEqual([
      { path: ['credentials_file'], message: `${missing} does not exist` },
    ]);
    expect(problems({ credentials_file: dir })).toMatchObject([{ path: ['credentials_file'] }]);
  });

  it('does not ask for it where the emulator answers', () => {
    vi.stubEnv('PUBSUB_EMULATOR_HOST', '127.0.0.1:8085');
    expect(problems({ credentials_file: missing })).toEqual([]);
    expect(problems({ credentials_file: missing, endpoint: 'http://127.0.0.1:8085' })).toEqual([]);
    expect(problems({ credentials_file: missing, endpoint: 'https://pubsub.googleapis.com' })).toHaveLength(
      1,
    );
  });

  it('sees an endpoint that is none', () => {
    expect(problems({ endpoint: 'localhost' })).toMatchObject([{ path: ['endpoint'] }]);
  });
});
