import { defineSource } from '../../contract/define.ts';
import type { ConfigOf } from '../../contract/schema.ts';
import {
  checkConnection,
  type KafkaConnection,
  kafkaSettings,
  topicPlaces,
} from '../../support/kafka/connection.ts';
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
  suggested: ['topics', 'format'],
  check: (config) => [
    ...checkConnection(config.connection, 'consumer'),
    ...checkTopics(config),
    ...checkGroup(config),
  ],
  reads: (config, place) =>
    topicPlaces(topicsOf(config).topics, kafkaSettings(config.connection, 'consumer')).includes(place),
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

/** The option goes before the property of the same meaning. */
function checkGroup({
  group_id: group,
  connection,
}: Pick<ConfigOf<typeof schema>, 'group_id' | 'connection'>) {
  const { consumer_config }: KafkaConnection = connection ?? {};
  const property = consumer_config?.['group.id'];
  if (group === undefined || property === undefined || property === null || String(property) === group)
    return [];
  const path = ['connection', 'consumer_config', 'group.id'];
  const message = `no effect: group_id goes before, which is ${JSON.stringify(group)}`;
  return [{ path, message, fix: 'Remove one of them.', severity: 'warning' } as const];
}

type Named = Pick<ConfigOf<typeof schema>, 'connection' | 'dead_letter_topic'>;

function deadLettersOf({ connection, dead_letter_topic: topic }: Named) {
  return topic === undefined ? undefined : { topic, settings: kafkaSettings(connection, 'producer') };
}
