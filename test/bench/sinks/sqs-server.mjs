// fauxqs as a program of its own: `node sqs-server.mjs`. Prints its address and ends when its input does.
import { buildApp } from 'fauxqs';

const app = buildApp({ logger: false });
console.log(await app.listen({ port: 0, host: '127.0.0.1' }));
process.stdin.resume().once('end', () => app.close());
