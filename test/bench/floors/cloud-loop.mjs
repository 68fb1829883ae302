// What a hand-written consumer of the events API looks like: poll, parse the page, each value and its payload.
import { Pool } from 'undici';

const [origin, count] = process.argv.slice(2);
const pool = new Pool(origin, { connections: 1 });
let read = 0;
let passed = 0;
let offset;
while (read < Number(count)) {
  const after = offset === undefined ? '&lookbackWindowDays=7' : `&offsetId=${encodeURIComponent(offset)}`;
  const { body } = await pool.request({
    method: 'GET',
    path: `/openapi/v1/events/poll?topic=PlatformEvent_v1&limit=5000&pollTimeoutSeconds=2${after}`,
    headers: { authorization: 'Bearer bench' },
  });
  const page = await body.json();
  offset = page.offsetId;
  for (const { value } of page.events) {
    const platformEvent = JSON.parse(value);
    read += 1;
    if (platformEvent.name !== 'entityChangeEvent') continue;
    const event = JSON.parse(platformEvent.payload.value);
    if (event.category === 'TAG' && event.operation === 'ADD') passed += 1;
  }
}
await pool.close();
console.log(JSON.stringify({ read, passed }));
