// The action of these tests: writes each event as a line `<when> <partition> <offset> <key> <n>` into the ledger of
// its process. The clock is the machine's own, so that lines of several processes can be put in order. An event whose
// number ends in 77 fails the first time in each process. DIE_AFTER: SIGKILL right after the n-th line, when the event
// has been acted on and nothing of it is committed.
import { appendFileSync } from 'node:fs';

const { LEDGER, DIE_AFTER, WORK_MS = '2' } = process.env;
const failed = new Set();
let lines = 0;

export default async function act({ data, key, meta }) {
  const { partition, offset } = meta.kafka;
  if (data.n % 100 === 77 && !failed.has(data.n)) {
    failed.add(data.n);
    throw new Error('this one fails once');
  }
  await new Promise((resolve) => setTimeout(resolve, Math.random() * Number(WORK_MS)));
  appendFileSync(LEDGER, `${process.hrtime.bigint()} ${partition} ${offset} ${key} ${data.n}\n`);
  lines += 1;
  if (lines === Number(DIE_AFTER)) process.kill(process.pid, 'SIGKILL');
}
