// A bare pipe: writes every line of a file to a worker, and waits for one line of answer for each. With `alike` before
// the command it is as one writes it who looks into events: parses each line, names it, and leaves at most 256 unanswered.
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const [path, ...rest] = process.argv.slice(2);
const alike = rest[0] === 'alike';
const command = alike ? rest.slice(1) : rest;
const child = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
let sent = 0;
let answered = 0;
let wake = () => {};
createInterface({ input: child.stdout }).on('line', () => {
  answered += 1;
  if (sent - answered < 256) wake();
});
let end = '';

async function write(text) {
  if (!child.stdin.write(text)) await new Promise((resolve) => child.stdin.once('drain', resolve));
}

async function writeAll(text) {
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) sent += 1;
  await write(text);
}

async function writeEach(text) {
  let chunk = '';
  for (const line of text.split('\n').slice(0, -1)) {
    if (JSON.parse(line).event_type === undefined) continue;
    chunk += `${line.slice(0, -1)},"evrun":{"id":"0123456789abcdef0123456789abcdef-${sent}","attempt":1}}\n`;
    sent += 1;
    if (sent % 64 !== 0) continue;
    await write(chunk);
    chunk = '';
    while (sent - answered >= 256) await new Promise((resolve) => (wake = resolve));
  }
  await write(chunk);
}

for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 18 })) {
  const text = end + chunk;
  const at = text.lastIndexOf('\n') + 1;
  end = text.slice(at);
  await (alike ? writeEach : writeAll)(text.slice(0, at));
}
child.stdin.end();
await new Promise((resolve) => child.once('close', resolve));
console.log(JSON.stringify({ read: sent, passed: answered }));
