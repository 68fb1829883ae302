// What a hand-written consumer looks like: bare kafkajs, eachBatch, parse, compare, count, one commit a second.
// `stamps`: instead of counting up to `expected`, prints the time of every message, until it is killed.
import { Kafka, logLevel } from 'kafkajs';

const [broker, topic, groupId, expected, stamps] = process.argv.slice(2);
const consumer = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).consumer({ groupId });
let read = 0;
let passed = 0;
const all = new Promise((resolve) => {
  consumer.connect().then(async () => {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommitInterval: 1_000,
      eachBatch: async ({ batch }) => {
        for (const { value } of batch.messages) {
          const { category, operation } = JSON.parse(value);
          read += 1;
          if (category === 'TAG' && operation === 'ADD') passed += 1;
          if (stamps !== undefined) console.log(`${Date.now()}`);
        }
        if (stamps === undefined && read >= Number(expected)) resolve();
      },
    });
  });
});
await all;
console.log(JSON.stringify({ read, passed }));
consumer.disconnect(); // its up to five seconds are no part of the measurement
setTimeout(() => process.exit(), 10);
