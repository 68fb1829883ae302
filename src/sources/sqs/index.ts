import { type ConfigProblem, defineSource } from '../../contract/define.ts';
import { endpointProblem, keyProblems, regionOfUrl } from '../../support/aws/connection.ts';
import { schema } from './schema.ts';
import { SqsSource } from './source.ts';

const NO_SEEK = 'SQS hands out what is in the queue and cannot go back or skip';

export default defineSource({
  name: 'sqs',
  summary: 'messages of an Amazon SQS queue, standard or FIFO, also those that came through SNS',
  guarantee:
    'At least once: a message is deleted only after its outcome is durable. A crash repeats what was in work and what was not deleted yet.',
  defaultFormat: 'json',
  defaultStart: 'earliest',
  refuses: { latest: NO_SEEK, time: NO_SEEK, reset: NO_SEEK, until: 'messages of SQS have no order in time' },
  ordered: false,
  resumable: true,
  shared: true,
  positionsIn: 'the queue: what was not done is still in it',
  retries: 'source',
  schema,
  check(config) {
    const problems: ConfigProblem[] = [];
    const { queue_url: url, region, endpoint } = config;
    for (const key of ['queue_url', 'endpoint'] as const) {
      const problem = config[key] === undefined ? undefined : endpointProblem(config[key]);
      if (problem !== undefined) problems.push({ path: [key], message: problem });
    }
    const own = regionOfUrl(url);
    if (endpoint === undefined && region !== undefined && own !== undefined && own !== region) {
      problems.push({
        path: ['region'],
        message: `the queue is in ${own}`,
        fix: 'Remove `region`: the URL says it.',
      });
    }
    problems.push(...keyProblems(config));
    if (config.verify_sns && config.sns === 'none') {
      problems.push({
        path: ['verify_sns'],
        message: 'the signature is in the envelope of SNS, which `sns: none` leaves alone',
        fix: 'Write `sns: auto` or `sns: unwrap`.',
      });
    }
    return problems;
  },
  create: (config, ctx) => new SqsSource(config, ctx),
});
