import { type ConfigProblem, defineAction } from '../../contract/define.ts';
import type { ConfigSchema } from '../../contract/schema.ts';
import { batchAction } from '../../support/aws/batch-action.ts';
import { CONNECTION_OPTIONS, endpointProblem, keyProblems } from '../../support/aws/connection.ts';
import { messageProblems } from '../../support/aws/message-check.ts';
import { MESSAGE_OPTIONS, REQUEST_OPTIONS } from '../../support/aws/outgoing.ts';
import { regionOfTopic, SnsClient } from '../../support/aws/sns-client.ts';
import { compileTemplate } from '../../support/expressions/template.ts';

/** Of one message, and of one request. */
const MOST_BYTES = 256 * 1024;
const TIMEOUT_MS = 30_000;

const schema = {
  type: 'object',
  properties: {
    topic_arn: {
      type: 'string',
      minLength: 1,
      description: 'The topic.',
      examples: ['arn:aws:sns:eu-central-1:123456789012:orders'],
    },
    subject: {
      type: 'string',
      minLength: 1,
      template: true,
      description: 'Subject, for subscriptions by mail: at most 100 characters, longer ones are cut.',
      examples: ['${{ event.type }}'],
    },
    ...MESSAGE_OPTIONS,
    ...REQUEST_OPTIONS,
    ...CONNECTION_OPTIONS,
  },
  required: ['topic_arn'],
} as const satisfies ConfigSchema;

export default defineAction({
  name: 'sns',
  summary: 'Publishes each event to an Amazon SNS topic',
  guarantee:
    'An event counts as done once SNS took it. A repeat has the same deduplication id, which a FIFO topic drops within five minutes.',
  schema,
  check(config) {
    const { topic_arn: arn, region, endpoint } = config;
    const problems: ConfigProblem[] = [
      ...messageProblems(config, arn.endsWith('.fifo'), 'topic'),
      ...keyProblems(config),
    ];
    const own = regionOfTopic(arn);
    if (own === undefined) {
      const fix = 'Write arn:aws:sns:<region>:<account>:<name>.';
      problems.push({ path: ['topic_arn'], message: `${JSON.stringify(arn)} is no ARN of a topic`, fix });
    } else if (region !== undefined && region !== own && endpoint === undefined) {
      problems.push({
        path: ['region'],
        message: `the topic is in ${own}`,
        fix: 'Remove `region`: the ARN says it.',
      });
    }
    const problem = endpoint === undefined ? undefined : endpointProblem(endpoint);
    if (problem !== undefined) problems.push({ path: ['endpoint'], message: problem });
    return problems;
  },
  create(config, ctx) {
    const { topic_arn: arn, max_requests: concurrent } = config;
    const about = `the topic ${arn}`;
    const subject = config.subject === undefined ? undefined : compileTemplate(config.subject);
    return batchAction({
      config,
      ctx,
      about,
      isFifo: arn.endsWith('.fifo'),
      subject: subject && ((event) => plainSubject(subject(event))),
      limit: MOST_BYTES,
      concurrent,
      async open() {
        const options = { config, connections: concurrent, timeoutMs: TIMEOUT_MS, clock: ctx.clock };
        const client = await SnsClient.open(options, arn);
        return {
          about,
          send: (entries, signal) =>
            client.publish(
              entries.map(({ id, outgoing, subject, ...fifo }) => ({
                Id: id,
                Message: outgoing.body,
                Subject: subject,
                ...fifo,
                MessageAttributes: outgoing.attributes,
              })),
              signal,
            ),
          close: () => client.close(),
        };
      },
    });
  },
});

/** SNS takes printable ASCII on one line. */
function plainSubject(text: string): string | undefined {
  const plain = text
    .replace(/\s+/g, ' ')
    .replace(/[^ -~]/g, '?')
    .trim()
    .slice(0, 100);
  return plain === '' ? undefined : plain;
}
