import { type ConfigProblem, defineAction } from '../../contract/define.ts';
import type { ConfigSchema } from '../../contract/schema.ts';
import { batchAction } from '../../support/aws/batch-action.ts';
import {
  CONNECTION_OPTIONS,
  endpointProblem,
  keyProblems,
  QUEUE_OPTIONS,
} from '../../support/aws/connection.ts';
import { messageProblems } from '../../support/aws/message-check.ts';
import { MESSAGE_OPTIONS, REQUEST_OPTIONS } from '../../support/aws/outgoing.ts';
import { SqsClient } from '../../support/aws/sqs-client.ts';
import type { SendEntry } from '../../support/aws/sqs-types.ts';

/** Of one message, and of one request. */
const MOST_BYTES = 1024 * 1024;
const TIMEOUT_MS = 30_000;

const schema = {
  type: 'object',
  properties: {
    ...QUEUE_OPTIONS,
    ...MESSAGE_OPTIONS,
    delay_seconds: {
      type: 'integer',
      minimum: 0,
      maximum: 900,
      description:
        'How long the message stays hidden at first, in seconds; not for FIFO. Else what the queue says.',
    },
    ...REQUEST_OPTIONS,
    ...CONNECTION_OPTIONS,
  },
  oneOf: [{ required: ['queue_url'] }, { required: ['queue'] }],
} as const satisfies ConfigSchema;

export default defineAction({
  name: 'sqs',
  summary: 'Sends each event to an Amazon SQS queue',
  guarantee:
    'An event counts as done once SQS took it. A repeat has the same deduplication id, which a FIFO queue drops within five minutes.',
  schema,
  check(config) {
    const { queue_url: url, queue, endpoint } = config;
    const isFifo = (url ?? queue)?.endsWith('.fifo');
    const problems: ConfigProblem[] = [...messageProblems(config, isFifo, 'queue'), ...keyProblems(config)];
    for (const [key, text] of Object.entries({ queue_url: url, endpoint })) {
      const problem = text === undefined ? undefined : endpointProblem(text);
      if (problem !== undefined) problems.push({ path: [key], message: problem });
    }
    if (isFifo === true && config.delay_seconds !== undefined) {
      problems.push({ path: ['delay_seconds'], message: 'a FIFO queue takes no delay for a single message' });
    }
    return problems;
  },
  create(config, ctx) {
    const { queue_url: url, queue: name, delay_seconds: delay, max_requests: concurrent } = config;
    const about = `the queue ${url ?? name}`;
    return batchAction({
      config,
      ctx,
      about,
      isFifo: (url ?? name ?? '').endsWith('.fifo'),
      limit: MOST_BYTES,
      concurrent,
      async open() {
        const options = { config, connections: concurrent, timeoutMs: TIMEOUT_MS, clock: ctx.clock };
        const client = await SqsClient.open(options, { url, name });
        return {
          about,
          send: (entries, signal) =>
            client.send(
              entries.map(
                ({ id, outgoing, subject: _, ...fifo }): SendEntry => ({
                  Id: id,
                  MessageBody: outgoing.body,
                  MessageAttributes: outgoing.attributes,
                  ...fifo,
                  ...(delay === undefined ? {} : { DelaySeconds: delay }),
                }),
              ),
              signal,
            ),
          close: () => client.close(),
        };
      },
    });
  },
});
