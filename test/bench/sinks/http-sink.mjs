// A server that counts what is posted to it. Prints its address; `GET /count` tells the count and sets it to 0.
import { createServer } from 'node:http';

let count = 0;
const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(String(count));
    count = 0;
    return;
  }
  request.resume();
  request.on('end', () => {
    count += 1;
    response.writeHead(204);
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
process.stdin.resume().on('end', () => process.exit());
