// A bare undici Pool that posts every line of a file, 16 in flight.
import { readFileSync } from 'node:fs';
import { Pool } from 'undici';

const [path, origin] = process.argv.slice(2);
const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
const pool = new Pool(origin, { connections: 16 });
let next = 0;
let sent = 0;
async function work() {
  while (next < lines.length) {
    const body = lines[next++];
    const reply = await pool.request({
      method: 'POST',
      path: '/sink',
      headers: { 'content-type': 'application/json' },
      body,
    });
    await reply.body.dump();
    if (reply.statusCode < 300) sent += 1;
  }
}
await Promise.all(Array.from({ length: 16 }, work));
await pool.close();
console.log(JSON.stringify({ read: lines.length, passed: sent }));
