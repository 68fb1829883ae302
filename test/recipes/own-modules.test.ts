import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { codeBlocks } from '../house/markdown.ts';
import { evrun, ROOT, receiver, workFolder } from './kit.ts';

/** A folder with every module of the page, as a reader would save them. Addresses are those of the given server. */
function withModules(url: string): string {
  const cwd = workFolder();
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(ROOT, join(cwd, 'node_modules/evrun'));
  const path = 'docs/writing-a-connector.md';
  for (const { text } of codeBlocks({ path, text: readFileSync(join(ROOT, path), 'utf8') })) {
    const name = /^\/\/ (\S+\.mjs)\n/.exec(text)?.[1];
    if (name !== undefined)
      writeFileSync(join(cwd, name), text.replaceAll('https://example.com/notify', url));
  }
  return cwd;
}

it('the source and the bulk action of "Writing a connector" work, and go on where they ended', async () => {
  const server = await receiver({ answer: '{"rejected": [0]}' });
  const cwd = withModules(server.url);
  const recipe = (to: number) => `
name: ticks
source: { type: ./ticks.mjs, config: { to: ${to} } }
action: { type: ./bulk.mjs, config: { url: "${server.url}", token: secret-token } }
options: { retry_count: 0 }
`;
  writeFileSync(join(cwd, 'one.yml'), recipe(1));
  writeFileSync(join(cwd, 'two.yml'), recipe(2));
  const first = await evrun(['one.yml'], { cwd });
  expect(first.code, first.err).toBe(0);
  expect(first.err).toContain('0 acted, 0 dropped, 1 dead');
  await evrun(['two.yml'], { cwd });
  expect(server.received.map(({ body }) => body)).toEqual(['{"n":1}', '{"n":2}']);
  expect(server.received[0]?.headers.authorization).toBe('Bearer secret-token');
});

it('its format, transformer and function for an action work', async () => {
  const server = await receiver();
  const cwd = withModules(server.url);
  writeFileSync(join(cwd, 'rows.csv'), 'zoë,12\nno second column\nbea,7\n');
  const recipe = `
name: rows
source: { type: file, config: { path: rows.csv, format: ./csv.mjs } }
transform: [{ type: ./to-upper.mjs, config: { field: id } }]
action: { type: ./notify.mjs }
`;
  writeFileSync(join(cwd, 'rows.yml'), recipe);
  const run = await evrun(['rows.yml'], { cwd });
  expect(run.code, run.err).toBe(0);
  expect(server.received.map(({ body }) => JSON.parse(body).id).sort()).toEqual(['BEA', 'ZOË']);
  expect(new Set(server.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(2);
  const letter = JSON.parse(readFileSync(join(cwd, 'logs/rows/failed_events.log'), 'utf8'));
  expect(letter).toMatchObject({ event_type: null, event: null, evrun: { step: 'decode' } });
  expect(Buffer.from(letter.evrun.raw, 'base64').toString()).toBe('no second column');
  expect(letter.evrun.error.message).toContain('csv.mjs');
});
