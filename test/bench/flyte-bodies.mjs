import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Bodies that Flyte's own publisher put on SQS through SNS. */
export function snsBodies() {
  const file = join(import.meta.dirname, '../formats/flyte/vectors/sns-fauxqs-v1-wrapped.json');
  const { messages } = JSON.parse(readFileSync(file, 'utf8'));
  return messages.map(({ bodyBase64 }) => Buffer.from(bodyBase64, 'base64').toString());
}

/**
 * Decodes as many bodies as the arguments say, to what they say (`event`, `data`, `where`), after a warm-up, and prints
 * the seconds of processor time, which others on the machine do not lengthen. The time of every event must come out.
 */
export function timeDecoding(decoders) {
  const count = Number(process.argv[2]);
  const decode = decoders[process.argv[3]];
  const bodies = snsBodies();
  const all = bodies.length;
  for (let n = 0; n < 50_000; n += 1) decode(bodies[n % all]);
  let digits = 0;
  const startedAt = process.cpuUsage();
  for (let n = 0; n < count; n += 1) digits += decode(bodies[n % all]).time.length;
  const { user, system } = process.cpuUsage(startedAt);
  const seconds = (user + system) / 1e6;
  const perRound = bodies.reduce((sum, body) => sum + decode(body).time.length, 0);
  if (Math.abs(digits / count - perRound / all) > 0.1) throw new Error('not every event had its time');
  console.log(JSON.stringify({ seconds }));
}
