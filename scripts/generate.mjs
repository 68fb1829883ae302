// Fills in what is generated from the program: tables of options, connectors, metrics and flags in the documents, and
// schema/recipe.schema.json. Reads dist/, so build first (`npm run docs` does).
//
//   node scripts/generate.mjs            writes what has changed, and names it
//   node scripts/generate.mjs --check    writes nothing; fails and names what is out of date
//
// In a document, generated text stands between `<!-- options:begin NAME -->` and `<!-- options:end -->` (or connectors,
// metrics, help in place of options).
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blockText } from './blocks.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const KIND_FOLDERS = { source: 'sources', format: 'formats', transformer: 'transformers', action: 'actions' };
const MARKED =
  /(<!-- (options|connectors|metrics|help):begin ?([a-z -]*?) ?-->\n)([\s\S]*?)(<!-- \2:end -->)/g;

const checkOnly = process.argv.includes('--check');
const { connectors, recipeSchema } = await loadProgram();

const changed = [];
for (const file of documents()) {
  const before = readIfThere(file);
  if (before === '') {
    console.error(`generated: ${file} is missing`);
    process.exitCode = 1;
    continue;
  }
  await update(file, before, await filledIn(file, before));
}
const schemaFile = 'schema/recipe.schema.json';
await update(schemaFile, readIfThere(schemaFile), `${JSON.stringify(await recipeSchema(), null, 2)}\n`);

if (changed.length === 0) console.log('generated: everything is current');
else if (!checkOnly) console.log(`generated: wrote ${changed.join(', ')}`);
else {
  console.error(`generated: out of date: ${changed.join(', ')}. Run \`npm run docs\`.`);
  process.exitCode = 1;
}

async function loadProgram() {
  const registry = await import(join(root, 'dist/registry.js'));
  const recipe = await import(join(root, 'dist/recipe/index.js'));
  const loaded = [];
  for (const [kind, folder] of Object.entries(KIND_FOLDERS)) {
    for (const name of registry.connectorNames(kind)) {
      const definition = await registry.loadConnector(kind, name);
      loaded.push({ kind, name, definition, readme: `src/${folder}/${name}/README.md` });
    }
  }
  return { connectors: loaded, recipeSchema: recipe.recipeSchema };
}

function documents() {
  const inDocs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...inDocs.map((name) => `docs/${name}`), ...connectors.map(({ readme }) => readme)];
}

async function filledIn(file, text) {
  const connector = connectors.find(({ readme }) => readme === file);
  const href = (target) => relative(dirname(file), target);
  let out = '';
  let done = 0;
  for (const match of text.matchAll(MARKED)) {
    const [whole, begin, kind, name, , end] = match;
    const inside = await blockText({ root, kind, name, connector, connectors, href });
    if (inside === undefined) throw new Error(`${file}: nothing is known to generate for ${begin.trim()}`);
    out += `${text.slice(done, match.index)}${begin}\n${inside.trim()}\n\n${end}`;
    done = match.index + whole.length;
  }
  return out + text.slice(done);
}

async function update(file, before, after) {
  if (before === after) return;
  changed.push(file);
  if (checkOnly) return;
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), after);
}

function readIfThere(file) {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}
