// A bare undici Pool that posts every line of a file, 16 in flight. `alike`: as one writes it
// who looks into events: parses the line, and sends the event as structured CloudEvents JSON with a key that names it.
import { readFileSync } from 'node:fs';
import { Pool } from 'undici';

const [path, origin, alike] = process.argv.slice(2);
const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
const pool = new Pool(origin, { connections: 16 });
let next = 0;
let sent = 0;

function bare(line) {
  return { headers: { 'content-type': 'application/json' }, body: line };
}

function cloudEvent(line, n) {
  const { event_type, event } = JSON.parse(line);
  const id = `0123456789abcdef0123456789abcdef-${n}`;
  const time = new Date(event.auditStamp.time).toISOString();
  const attributes = `"specversion":"1.0","id":"${id}","source":"file","type":"${event_type}","time":"${time}"`;
  return {
    headers: { 'content-type': 'application/cloudevents+json', 'idempotency-key': id },
    body: `{${attributes},"data":${JSON.stringify(event)}}`,
  };
}

const requestOf = alike === undefined ? bare : cloudEvent;

async function work() {
  while (next < lines.length) {
    const n = next++;
    const reply = await pool.request({ method: 'POST', path: '/sink', ...requestOf(lines[n], n) });
    await reply.body.dump();
    if (reply.statusCode < 300) sent += 1;
  }
}
await Promise.all(Array.from({ length: 16 }, work));
await pool.close();
console.log(JSON.stringify({ read: lines.length, passed: sent }));
