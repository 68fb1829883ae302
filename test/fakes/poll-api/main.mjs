// @ts-check
import { createInterface } from 'node:readline';
import { entityChange } from './events.mjs';
import { startPollApi } from './server.mjs';

/*
 * The fake as a program of its own, for crash tests and benchmarks: `node main.mjs [JSON options]`, the options of
 * `startPollApi` plus `events: N` (entity change events put into PlatformEvent_v1 at the start; every tenth has the
 * category TAG). Prints its address on the first line. Each line that it reads is a JSON object with one command,
 * each answered by a line of JSON: {"put": [values], "topic"} | {"fault": {…}} | {"clear": true} | {"state": true}.
 * Ends when its input ends.
 */

const { events = 0, ...options } = JSON.parse(process.argv[2] ?? '{}');
const api = await startPollApi(options);
const PLATFORM_EVENTS = 'PlatformEvent_v1';
api.put(
  PLATFORM_EVENTS,
  Array.from({ length: events }, (_, n) => entityChange(n, { category: n % 10 === 0 ? 'TAG' : 'OWNER' })),
);
process.stdout.write(`${api.url}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const { put, topic = PLATFORM_EVENTS, fault, clear } = JSON.parse(line);
  if (put !== undefined) api.put(topic, put);
  if (fault !== undefined) api.faults.push(fault);
  if (clear === true) api.faults.length = 0;
  const positions = Object.fromEntries(api.aspects);
  process.stdout.write(`${JSON.stringify({ requests: api.requests, end: api.log.end(topic), positions })}\n`);
}
await api.close();
