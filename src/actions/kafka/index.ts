import type { Action } from '../../contract/action.ts';
import { defineAction } from '../../contract/define.ts';
import { kafkaSettings, topicPlaces } from '../../support/kafka/connection.ts';
import { type KafkaProducer, kafkaProducer } from '../../support/kafka/producer.ts';
import { checkKafka } from './check.ts';
import { previewLine } from './preview.ts';
import { produceEvents } from './produce.ts';
import { recordMaker } from './record.ts';
import { schema } from './schema.ts';
import { fixedText } from './text.ts';

export default defineAction({
  name: 'kafka',
  summary: 'Writes each event as a record to a Kafka topic',
  guarantee:
    'An event counts as done once all in-sync replicas have its record. Records of one key keep their order.',
  schema,
  check: checkKafka,
  writes: ({ topic, connection }) =>
    topicPlaces([fixedText(topic) ?? []].flat(), kafkaSettings(connection, 'producer')),
  create(config, ctx): Action {
    const settings = kafkaSettings(config.connection, 'producer');
    const { producer: given } = settings;
    const compression = config.compression ?? (given.compression === 'zstd' ? 'none' : given.compression);
    const records = recordMaker(config);
    let producer: KafkaProducer | undefined;
    return {
      batch: {
        maxEvents: config.batch_max_events ?? Math.min(given.batchMessages ?? 1000, 10_000),
        maxBytes: config.batch_max_bytes ?? Math.min(given.batchBytes ?? 4_194_304, 67_108_864),
        lingerMs: config.linger_ms ?? given.lingerMs ?? 0,
        keepsOrder: true,
      },
      async open() {
        if (ctx.dryRun) return;
        producer ??= kafkaProducer(
          {
            settings,
            compression: compression ?? 'none',
            unknownTopic: config.unknown_topic,
            deliveryTimeoutMs:
              (config.delivery_timeout_seconds ?? 0) * 1000 || given.deliveryTimeoutMs || 30_000,
            onlyTopic: fixedText(config.topic),
          },
          ctx,
        );
        await producer.open();
      },
      actBatch: (events, attempt) =>
        produceEvents(events, records, producer as KafkaProducer, attempt.signal, ctx.report),
      preview: (event) => previewLine(records.describe(event)),
      async close() {
        await Promise.all([producer?.close(), records.close()]);
      },
    };
  },
});
