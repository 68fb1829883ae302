import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { connectorNames, type Kind } from '../../src/registry.ts';
import { pages, ROOT } from './markdown.ts';

it('generated tables and the schema of recipes are current (else: npm run docs)', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/generate.mjs'), '--check'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

it('every connector has a page with a table of its options', () => {
  const folders: Record<Kind, string> = {
    source: 'sources',
    format: 'formats',
    transformer: 'transformers',
    action: 'actions',
  };
  const all = pages();
  for (const [kind, folder] of Object.entries(folders)) {
    for (const name of connectorNames(kind as Kind)) {
      const path = `src/${folder}/${name}/README.md`;
      expect(all.find((page) => page.path === path)?.text, path).toContain('<!-- options:begin -->');
    }
  }
});
