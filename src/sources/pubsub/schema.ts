import type { ConfigOf, ConfigSchema } from '../../contract/schema.ts';
import { CREDENTIALS_OPTION, PROJECT_OPTION } from '../../support/google/options.ts';

export const schema = {
  type: 'object',
  properties: {
    subscription: {
      type: 'string',
      minLength: 1,
      description: 'The subscription: its name, or `projects/<project>/subscriptions/<name>`. It must exist.',
      examples: ['flyte-events', 'projects/acme/subscriptions/flyte-events'],
    },
    project: PROJECT_OPTION,
    endpoint: {
      type: 'string',
      minLength: 1,
      description:
        'Where Pub/Sub answers: a regional endpoint, or an emulator (`http://…`, asked without credentials). Without it: PUBSUB_EMULATOR_HOST, else https://pubsub.googleapis.com.',
      examples: ['https://europe-west1-pubsub.googleapis.com'],
    },
    credentials_file: CREDENTIALS_OPTION,
    receivers: {
      type: 'integer',
      minimum: 1,
      maximum: 64,
      default: 4,
      description: 'How many pulls wait for messages at once.',
    },
    prefetch: {
      type: 'integer',
      minimum: 1,
      maximum: 100_000,
      default: 1_000,
      description:
        'Messages that are pulled ahead of the work, at most: other consumers of the subscription do not get them meanwhile.',
    },
    ack_deadline_seconds: {
      type: 'integer',
      minimum: 10,
      maximum: 600,
      default: 60,
      description:
        'By how many seconds a message is extended while it waits or is in work; after a crash it stays hidden no longer than that, or than the subscription’s own deadline.',
    },
    on_dead: {
      enum: ['acknowledge', 'leave'],
      default: 'acknowledge',
      description:
        'What becomes of a message that failed for good, once it is in failed_events.log: it is acknowledged, or given back, so that the dead letter policy of the subscription takes it.',
    },
  },
  required: ['subscription'],
} as const satisfies ConfigSchema;

export type PubSubConfig = ConfigOf<typeof schema>;
