import { expect, it } from 'vitest';
import { sharedKafka, startKafka } from './kafka.ts';

it('starts', async () => {
  let t = Date.now();
  const kafka = await sharedKafka();
  console.log('shared', Date.now() - t);
  t = Date.now();
  await kafka.createTopic('t1', { partitions: 3 });
  await kafka.addPartitions('t1', 5);
  await kafka.deleteTopic('t1');
  console.log('topics', Date.now() - t);
  t = Date.now();
  const own = await startKafka();
  console.log('own', Date.now() - t);
  await own.kill();
  t = Date.now();
  await own.restart();
  console.log('restart', Date.now() - t);
  await own.stop();
  expect(1).toBe(1);
});
