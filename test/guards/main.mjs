// A guard that nobody can see fail is a hope. Each entry of guards.mjs switches one off in a copy of the tree
// and names the test that must then turn red. `npm run guards [part of a name]`.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileGuards } from './files.mjs';
import { flyteGuards } from './flyte.mjs';
import { guards as engineGuards } from './guards.mjs';
import { kafkaGuards } from './kafka.mjs';
import { pubsubGuards } from './pubsub.mjs';
import { sqsGuards } from './sqs.mjs';

const guards = [
  ...engineGuards,
  ...fileGuards,
  ...flyteGuards,
  ...kafkaGuards,
  ...pubsubGuards,
  ...sqsGuards,
];
const root = resolve(import.meta.dirname, '../..');
const wanted = guards.filter(({ name }) => name.includes(process.argv[2] ?? ''));
const copies = Array.from({ length: 2 }, copyTree);
const failures = [];
let passed = 0;

function copyTree() {
  const copy = mkdtempSync(join(tmpdir(), 'evrun-guards-'));
  for (const part of ['src', 'test', 'bin', 'recipes', 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  for (const part of ['node_modules', 'dist']) symlinkSync(join(root, part), join(copy, part));
  return copy;
}

/** A run that takes longer proves nothing: the test waits for something without an end, or the machine stands still. */
const RUN_MS = 240_000;

/** `only`: a part of the name of the test that must turn red; the others of its file are left out. */
function runTest(copy, test, only) {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout=10000', '--bail=1', test];
  if (only !== undefined) args.push(`--testNamePattern=${only}`);
  return new Promise((done) => {
    execFile(
      process.execPath,
      args,
      { cwd: copy, timeout: RUN_MS, maxBuffer: 1 << 26 },
      (error, stdout, stderr) =>
        done({
          red: error !== null,
          ran: /Tests .*(passed|failed)|Test Files .*failed/.test(stdout),
          output: stdout + stderr,
        }),
    );
  });
}

async function prove(copy, { name, file, off, by, test, only }) {
  const path = join(copy, file);
  const whole = readFileSync(path, 'utf8');
  if (whole.split(off).length !== 2) {
    failures.push(`${name}: ${file} no longer has exactly one "${off}"`);
    return;
  }
  writeFileSync(
    path,
    whole.replace(off, () => by),
  );
  const began = performance.now();
  const { red, ran, output } = await runTest(copy, test, only);
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(5);
  writeFileSync(path, whole);
  const proven = red && ran;
  if (proven) passed += 1;
  else
    failures.push(
      `${name}: ${test} ${ran ? 'stays green without it' : `ran no test to its end:\n${output.slice(-2000)}`}`,
    );
  console.log(`${proven ? 'red without it' : 'NOT PROVEN   '} ${seconds} s  ${name}`);
}

const queue = [...wanted];
await Promise.all(
  copies.map(async (copy) => {
    for (let guard = queue.shift(); guard !== undefined; guard = queue.shift()) await prove(copy, guard);
  }),
);
for (const copy of copies) rmSync(copy, { recursive: true });
for (const failure of failures) console.error(failure);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 || passed === 0 ? 1 : 0;
