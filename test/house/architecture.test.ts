import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const src = join(root, 'src');

/** Floors, from the ground up. A file may import its own floor's folder and what stands below. */
const ALLOWED: Record<string, readonly string[]> = {
  contract: [],
  support: ['contract'],
  formats: ['contract', 'support'],
  stores: ['contract', 'support'],
  transformers: ['contract', 'support'],
  actions: ['contract', 'support'],
  sources: ['contract', 'support', 'formats'],
  engine: ['contract'],
  admin: ['contract'],
  registry: ['contract', 'sources', 'formats', 'transformers', 'actions'],
  recipe: ['contract', 'support', 'stores', 'registry'],
  cli: ['contract', 'support', 'engine', 'recipe', 'admin', 'registry'],
  index: ['contract'],
};

/** The one file that may import each package. */
const DOORS: Record<string, string> = {
  '@marcbachmann/cel-js': 'src/support/expressions/cel.ts',
  re2js: 'src/support/expressions/cel.ts',
  fzstd: 'src/support/kafka/codecs.ts',
  'google-auth-library': 'src/support/google/credentials.ts',
  kafkajs: 'src/support/kafka/client.ts',
  'kafkajs-snappy': 'src/support/kafka/codecs.ts',
  'lz4-napi': 'src/support/kafka/codecs.ts',
  ajv: 'src/support/schema/json-schema.ts',
  'ajv-formats': 'src/support/schema/json-schema.ts',
  commander: 'src/cli/program.ts',
  'prom-client': 'src/admin/metrics.ts',
  undici: 'src/support/http/http-client.ts',
  yaml: 'src/recipe/document.ts',
};

const CONNECTORS = ['sources', 'formats', 'transformers', 'actions', 'stores'];

interface Import {
  readonly from: string;
  readonly to: string;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== 'harness.ts')
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Static, dynamic and type imports; those in comments are not written with quotes after `from`. */
function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/(?:^|\s)(?:from|import)\s*\(?\s*'([^'\n]+)'/g);
  return [...found].map(([, to]) => ({ from: file, to: to as string }));
}

const imports = sourceFiles(src).flatMap(importsOf);
const inside = imports
  .filter(({ to }) => to.startsWith('.'))
  .map(({ from, to }) => ({ from: relative(src, from), to: relative(src, resolve(dirname(from), to)) }));

const floorOf = (file: string) => (file.split('/')[0] as string).replace(/\.ts$/, '');
const connectorOf = (file: string) => file.split('/').slice(0, 2).join('/');

describe('the house', () => {
  it('has imports to look at', () => {
    expect(inside.length).toBeGreaterThan(100);
  });

  it('has arrows that only go down', () => {
    const climbing = inside.filter(({ from, to }) => {
      const [here, there] = [floorOf(from), floorOf(to)];
      return here !== there && !(ALLOWED[here] ?? []).includes(there);
    });
    expect(climbing).toEqual([]);
  });

  it('has no connector that imports another', () => {
    const sideways = inside.filter(
      ({ from, to }) =>
        CONNECTORS.includes(floorOf(from)) &&
        floorOf(from) === floorOf(to) &&
        connectorOf(from) !== connectorOf(to),
    );
    expect(sideways).toEqual([]);
  });

  it('imports each package behind its one door', () => {
    const packages = imports.filter(({ to }) => !to.startsWith('.') && !to.startsWith('node:'));
    const outside = packages
      .map(({ from, to }) => ({
        from: relative(root, from),
        package: to
          .split('/')
          .slice(0, to[0] === '@' ? 2 : 1)
          .join('/'),
      }))
      .filter(({ from, package: name }) => DOORS[name] !== from);
    expect(outside).toEqual([]);
  });

  it('has no import cycle', () => {
    const next = new Map<string, string[]>();
    for (const { from, to } of inside) next.set(from, [...(next.get(from) ?? []), to]);
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
        return;
      }
      state.set(file, 'open');
      for (const to of next.get(file) ?? []) visit(to, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of next.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('ends the process only in bin', () => {
    const exits = sourceFiles(src).filter((file) => /process\.exit\(/.test(readFileSync(file, 'utf8')));
    expect(exits.map((file) => relative(root, file))).toEqual([]);
  });

  it('lists every connector folder in the registry, and none that is missing', async () => {
    const registry = readFileSync(join(src, 'registry.ts'), 'utf8');
    const listed = [...registry.matchAll(/import\('\.\/([a-z]+\/[\w-]+)\/index\.ts'\)/g)].map(
      ([, name]) => name,
    );
    const folders = CONNECTORS.filter((floor) => floor !== 'stores').flatMap((floor) =>
      readdirSync(join(src, floor), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${floor}/${entry.name}`),
    );
    expect([...listed].sort()).toEqual([...folders].sort());
  });

  it('gives every connector a harness, so that the conformance suite reaches it', () => {
    const without = CONNECTORS.filter((floor) => floor !== 'stores').flatMap((floor) =>
      readdirSync(join(src, floor), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .filter((entry) => !readdirSync(join(src, floor, entry.name)).includes('harness.ts'))
        .map((entry) => `${floor}/${entry.name}`),
    );
    expect(without).toEqual([]);
  });
});
