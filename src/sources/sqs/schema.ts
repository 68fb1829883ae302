import type { ConfigSchema } from '../../contract/schema.ts';
import { CONNECTION_OPTIONS, QUEUE_OPTIONS } from '../../support/aws/connection.ts';

export const schema = {
  type: 'object',
  properties: {
    ...QUEUE_OPTIONS,
    ...CONNECTION_OPTIONS,
    wait_time_seconds: {
      type: 'integer',
      minimum: 0,
      maximum: 20,
      default: 20,
      description:
        'How long an empty queue keeps a receive waiting, in seconds. Never longer than `options.shutdown_timeout_seconds` less two, since a stop waits for it.',
    },
    batch_size: {
      type: 'integer',
      minimum: 1,
      maximum: 10,
      default: 10,
      description: 'Most messages of one receive.',
    },
    receivers: {
      type: 'integer',
      minimum: 1,
      maximum: 64,
      default: 8,
      description: 'Most receives at once. While the queue is empty there is one.',
    },
    visibility_timeout_seconds: {
      type: 'integer',
      minimum: 2,
      maximum: 43_200,
      default: 30,
      description:
        'How long a message stays hidden from others, in seconds. Extended at half time for as long as it is in work; after a crash the queue hands it out again when this is over.',
    },
    sns: {
      enum: ['auto', 'unwrap', 'none'],
      default: 'auto',
      description:
        'What to do with the envelope of an SNS topic: `auto` takes it off where there is one, `unwrap` makes a dead letter of a message without one, `none` leaves it on.',
    },
    verify_sns: {
      type: 'boolean',
      default: false,
      description:
        'Takes only messages that SNS signed, attributes excepted; others become dead letters. The queue’s policy says already who may write.',
    },
    message_attributes: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      default: ['All'],
      description: 'Names of the message attributes to ask for; `All`, or prefixes such as `trace.*`.',
    },
    on_dead: {
      enum: ['delete', 'leave'],
      default: 'delete',
      description:
        'What happens to a message that failed for good, once it is in `failed_events.log`: `leave` does not delete it, so that the queue’s redrive policy moves it; this process acts on it no more.',
    },
  },
  oneOf: [{ required: ['queue_url'] }, { required: ['queue'] }],
} as const satisfies ConfigSchema;
