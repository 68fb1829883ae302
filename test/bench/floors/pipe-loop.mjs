// A bare pipe: writes every line of a file to a worker, and waits for one line of answer for each.
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const [path, ...command] = process.argv.slice(2);
const child = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
let sent = 0;
let answered = 0;
createInterface({ input: child.stdout }).on('line', () => {
  answered += 1;
});
let rest = '';
for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 18 })) {
  const text = rest + chunk;
  const end = text.lastIndexOf('\n') + 1;
  rest = text.slice(end);
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) sent += 1;
  if (!child.stdin.write(text.slice(0, end)))
    await new Promise((resolve) => child.stdin.once('drain', resolve));
}
child.stdin.end();
await new Promise((resolve) => child.once('close', resolve));
console.log(JSON.stringify({ read: sent, passed: answered }));
