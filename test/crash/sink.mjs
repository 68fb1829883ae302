// The action of the crash suite: writes each event into a ledger, and dies where KILL_AT says. An event whose
// number ends in 7 fails the first time in each process; one that ends in 13 always fails.
import { appendFileSync } from 'node:fs';

const [point, nth] = (process.env.KILL_AT ?? ':0').split(':');
const ledger = process.env.LEDGER;
const failed = new Set();
let calls = 0;

const die = () => process.kill(process.pid, 'SIGKILL');
const at = (name, call) => point === name && call >= Number(nth);

export default async function act(event) {
  const n = event.data.n ?? event.data.parameters.n;
  const { key } = event;
  calls += 1;
  const call = calls; // others begin while this one works
  if (at('before-action', call)) die();
  if (n % 100 === 13) throw new Error('this one always fails');
  if (n % 10 === 7 && !failed.has(n)) {
    failed.add(n);
    if (point === 'in-backoff' && failed.size === Number(nth)) setTimeout(die, 3);
    throw new Error('this one fails once');
  }
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 2));
  appendFileSync(ledger, `${key} ${n}\n`);
  if (at('in-action', call)) die();
}
