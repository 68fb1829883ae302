import type { ConfigProblem } from '../../contract/define.ts';
import { messageOf } from '../../contract/errors.ts';
import { registryProblems } from '../../support/avro/registry-config.ts';
import { checkConnection, kafkaSettings } from '../../support/kafka/connection.ts';
import { writerOf } from './avro.ts';
import type { KafkaConfig } from './schema.ts';
import { fixedText, topicProblem } from './text.ts';

export function checkKafka(config: KafkaConfig): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [...checkConnection(config.connection, 'producer')];
  const connects = problems.every(({ severity }) => severity === 'warning');
  if (connects) problems.push(...producerProblems(config));
  const topic = fixedText(config.topic);
  const wrongName = topic === undefined ? undefined : topicProblem(topic);
  if (wrongName !== undefined) problems.push({ path: ['topic'], message: wrongName });
  const wrongPartition = partitionProblem(config.partition);
  if (wrongPartition !== undefined) problems.push({ path: ['partition'], message: wrongPartition });
  return [...problems, ...avroProblems(config)];
}

/** What producers may say elsewhere, and evrun does in one way only. */
function producerProblems({ connection, compression }: KafkaConfig): ConfigProblem[] {
  const { producer } = kafkaSettings(connection, 'producer');
  const at = (property: string) => ['connection', 'producer_config', property];
  const problems: ConfigProblem[] = [];
  if (producer.compression === 'zstd' && compression === undefined) {
    problems.push({
      path: ['connection', 'producer_config'],
      message: 'zstd can be read, but not written',
      fix: 'Write compression: lz4.',
    });
  }
  if (producer.acks !== undefined && producer.acks !== -1) {
    const message = 'no effect: an event counts as done once all in-sync replicas have it';
    problems.push({ path: at('acks'), message, severity: 'warning' });
  }
  if (producer.idempotent === false) {
    const message = 'no effect: evrun always numbers records, so that brokers can tell a repeat';
    problems.push({ path: at('enable.idempotence'), message, severity: 'warning' });
  }
  return problems;
}

function partitionProblem(partition: KafkaConfig['partition']): string | undefined {
  if (partition === undefined) return undefined;
  const fixed = typeof partition === 'number' ? partition : fixedText(partition);
  if (fixed === undefined || (/^\d+$/.test(String(fixed)) && Number(fixed) < 2 ** 31)) return undefined;
  return `expected a partition’s number from 0 on, or \${{ CEL }} that gives one, got ${JSON.stringify(fixed)}`;
}

function avroProblems(config: KafkaConfig): ConfigProblem[] {
  if (config.mode !== 'avro') {
    return (['schema', 'schema_subject'] as const)
      .filter((key) => config[key] !== undefined)
      .map((key) => ({ path: [key], message: `\`${key}\` needs \`mode: avro\``, fix: 'Add mode: avro.' }));
  }
  const problems = registryProblems(config.connection ?? {}).map((problem) => ({
    ...problem,
    path: ['connection', ...problem.path],
  }));
  if (config.schema === undefined) return problems;
  try {
    writerOf(config.schema);
    return problems;
  } catch (error) {
    return [...problems, { path: ['schema'], message: `this is no Avro schema: ${messageOf(error)}` }];
  }
}
