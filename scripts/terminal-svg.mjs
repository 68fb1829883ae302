// Draws docs/quickstart.svg, the picture in the README, from a real run: the quickstart twice in a fresh folder, its
// output line by line as it came. Lines appear one after the other where the viewer allows motion.
//
//   npm run build && node scripts/terminal-svg.mjs
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const COLUMNS = 104;
const [LINE, CHAR, PAD] = [18, 7.85, 16];
const SECONDS = 12;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const command = 'npx evrun recipes/quickstart.yml';
const folder = mkdtempSync(join(tmpdir(), 'evrun-picture-'));
try {
  symlinkSync(join(root, 'recipes'), join(folder, 'recipes'));
  const lines = [...transcript(), { kind: 'gap', text: '' }, ...transcript()];
  writeFileSync(join(root, 'docs/quickstart.svg'), svg(lines));
} finally {
  rmSync(folder, { recursive: true });
}

function transcript() {
  const argv = `"${process.execPath}" "${join(root, 'bin/evrun')}" recipes/quickstart.yml 2>&1`;
  const { stdout, status } = spawnSync('sh', ['-c', argv], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the quickstart ended with ${status}:\n${stdout}`);
  const printed = stdout.trimEnd().split('\n').flatMap(wrapped);
  return [{ kind: 'command', text: `$ ${command}` }, ...printed];
}

/** As a terminal of that many columns shows it. */
function wrapped(text) {
  const kind = / WARN /.test(text) ? 'warn' : /^\d{4}-.* INFO /.test(text) ? 'log' : 'out';
  const rows = [];
  for (let at = 0; at < Math.max(1, text.length); at += COLUMNS)
    rows.push({ kind, text: text.slice(at, at + COLUMNS) });
  return rows;
}

function svg(lines) {
  const width = Math.ceil(COLUMNS * CHAR + 2 * PAD);
  const height = lines.length * LINE + 2 * PAD;
  const rows = lines
    .map(({ kind, text }, n) => {
      const delay = ((n / lines.length) * SECONDS).toFixed(1);
      const y = PAD + (n + 0.75) * LINE;
      return `<text class="${kind}" x="${PAD}" y="${y}" style="animation-delay:${delay}s">${escaped(text)}</text>`;
    })
    .join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Two runs of the quickstart in a terminal">
<style>
rect { fill: #f6f8fa; stroke: #d0d7de }
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; white-space: pre }
.command { font-weight: bold; fill: #0550ae }
.log { fill: #59636e }
.warn { fill: #9a6700 }
@media (prefers-color-scheme: dark) {
rect { fill: #0d1117; stroke: #30363d }
text { fill: #e6edf3 }
.command { fill: #79c0ff }
.log { fill: #8b949e }
.warn { fill: #e3b341 }
}
@media (prefers-reduced-motion: no-preference) {
text { animation: appear .3s both }
@keyframes appear { from { opacity: 0 } }
}
</style>
<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>
${rows}
</svg>
`;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
