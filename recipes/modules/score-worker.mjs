// A worker is started once and gets an event per line on standard input. For each it writes one line: `ok`, or
// {"id": …, "error": …}. Keep standard output for these lines and write logs to standard error.
import { createInterface } from 'node:readline';

for await (const line of createInterface({ input: process.stdin })) {
  const { event } = JSON.parse(line);
  process.stderr.write(`scored ${event.entityUrn}\n`);
  console.log('ok');
}
