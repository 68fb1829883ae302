import { defineSource } from '../../contract/define.ts';
import type { ConfigOf } from '../../contract/schema.ts';
import { checkConnection, kafkaSettings } from '../../support/kafka/connection.ts';
import { schema } from './schema.ts';
import { KafkaSource } from './source.ts';
import { startPoint } from './start-point.ts';
import { checkTopics, topicsOf } from './topics.ts';

export default defineSource({
  name: 'kafka',
  summary: 'Topics of Apache Kafka, as a member of a consumer group: DataHub’s, or any',
  guarantee:
    'At least once: a crash repeats what was in work, and what was finished since the last commit; what was finished ' +
    'out of order before it does not come again.',
  defaultFormat: 'datahub',
  defaultStart: 'latest',
  ordered: true,
  resumable: true,
  shared: true,
  positionsIn: 'the consumer group',
  retries: 'engine',
  schema,
  check: (config) => [...checkConnection(config.connection, 'consumer'), ...checkTopics(config)],
  formatDefaults: ({ connection }) => ({
    schema_registry_url: connection?.schema_registry_url,
    schema_registry_config: connection?.schema_registry_config,
  }),
  create(config, ctx) {
    const settings = kafkaSettings(config.connection, 'consumer');
    const { consumer } = settings;
    return new KafkaSource(
      {
        settings,
        ...topicsOf(config),
        group: config.group_id ?? consumer.groupId ?? ctx.pipeline,
        readCommitted: config.read_committed ?? consumer.readCommitted ?? true,
        deadLetters: deadLettersOf(config),
        strict:
          consumer.offsetReset === 'error' &&
          config.start === undefined &&
          ctx.start.lookbackDays === undefined,
        start: startPoint(ctx.start, config.start, consumer.offsetReset),
      },
      ctx,
    );
  },
});

type Named = Pick<ConfigOf<typeof schema>, 'connection' | 'dead_letter_topic'>;

function deadLettersOf({ connection, dead_letter_topic: topic }: Named) {
  return topic === undefined ? undefined : { topic, settings: kafkaSettings(connection, 'producer') };
}
