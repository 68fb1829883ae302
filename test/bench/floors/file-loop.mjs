// What a hand-written consumer of a file looks like: read, split, parse, compare, count.
import { createReadStream } from 'node:fs';

const [path] = process.argv.slice(2);
let read = 0;
let passed = 0;
let rest = '';
for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    const { event_type: type, event } = JSON.parse(line);
    read += 1;
    if (type === 'EntityChangeEvent_v1' && event.category === 'TAG' && event.operation === 'ADD') passed += 1;
  }
}
console.log(JSON.stringify({ read, passed }));
