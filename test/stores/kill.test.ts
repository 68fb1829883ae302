import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src/stores/embedded/index.ts';
import { silentLogger } from '../../src/support/logging/log-silent.ts';
import { ended, program } from '../support/child.ts';
import { folder } from '../support/disk.ts';

// Without the fsync this stays green: SIGKILL spares the page cache. Acknowledging before the write turns it red.
test('killed fifty times while it writes, every acknowledged write and dead letter is there', async () => {
  await using dir = await folder();
  await using writer = await program(new URL('./kill-child.ts', import.meta.url));
  const acknowledged = new Set<string>();
  let state = 0;
  for (let round = 0; round < 50; round++) {
    const child = writer.start([dir.path]);
    const end = ended(child);
    // Killed after a number of acknowledgements, so that it falls on every phase of a write.
    let left = 1 + ((round * 7) % 23);
    child.stdout?.on('data', (text: string) => {
      left -= text.split('\n').length - 1;
      if (left <= 0) child.kill('SIGKILL');
    });
    const { out, err } = await end;
    expect(err).toBe('');
    // The last line may be torn.
    for (const line of out.split('\n').slice(0, -1)) {
      const [kind, id = ''] = line.split(' ');
      if (kind === 's') state = Number(id);
      else acknowledged.add(id);
    }
    const store = await openStore({ dir: dir.path, pipeline: 'p', log: silentLogger });
    expect(Number(store.get('n') ?? 0)).toBeGreaterThanOrEqual(state);
    expect(store.get('a')).toBe(store.get('b'));
    await store.close();
  }
  expect(state).toBeGreaterThan(50);
  expect(acknowledged.size).toBeGreaterThan(50);
  const found = await letterIds(join(dir.path, 'p'));
  expect([...acknowledged].filter((id) => !found.has(id))).toEqual([]);
}, 120_000);

async function letterIds(dir: string): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const name of await readdir(dir)) {
    if (!/^failed_events\..*log$/.test(name)) continue;
    for (const line of (await readFile(join(dir, name), 'utf8')).split('\n')) {
      const id = /"evrun":\{"id":"([^"]+)"/.exec(line)?.[1];
      if (id !== undefined) ids.add(id);
    }
  }
  return ids;
}
