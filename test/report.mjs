// Adds up what .ci/run saw: `node test/report.mjs <passed> <failed> <folder of reports>`. Exits 1 if anything failed,
// or if the tests left no report.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [stepsPassed, stepsFailed, folder] = process.argv.slice(2);
let passed = Number(stepsPassed);
let failed = Number(stepsFailed);
let skipped = 0;

function read(name) {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch {
    return undefined;
  }
}

const tests = read('tests.json');
if (tests === undefined) failed += 1;
else {
  const report = JSON.parse(tests);
  passed += report.numPassedTests;
  failed +=
    report.numFailedTests + report.testResults.filter((file) => file.assertionResults.length === 0).length;
  skipped += report.numPendingTests + (report.numTodoTests ?? 0);
  for (const { assertionResults } of report.testResults) {
    for (const { status, fullName } of assertionResults)
      if (status === 'skipped' || status === 'pending') console.log(`skipped: ${fullName}`);
  }
}

const guards = /(\d+) passed, (\d+) failed\s*$/.exec(read('guards.txt') ?? '');
if (guards === null) failed += 1;
else {
  passed += Number(guards[1]);
  failed += Number(guards[2]);
}
process.exitCode = failed > 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
