import { defineFormat } from '../../contract/define.ts';
import { decodeRecord } from './decode.ts';
import { MESSAGES } from './kind.ts';

export default defineFormat({
  name: 'flyte',
  summary: 'workflow, node and task events of Flyte, from SNS, SQS, Pub/Sub, Kafka or NATS',
  schema: {
    type: 'object',
    properties: {
      message: {
        type: 'string',
        enum: MESSAGES,
        description:
          'For the external feed (`externalEvents` of flyteadmin) by raw delivery: which message of flyteidl the ' +
          'records are, because nothing else says it. An SNS subject or a Pub/Sub attribute `key` goes before it.',
      },
    },
  },
  create: ({ message }) => ({ decode: (record) => decodeRecord(record, message) }),
});
