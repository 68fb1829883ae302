import type { ConfigOf, ConfigSchema } from '../../contract/schema.ts';
import { CREDENTIALS_OPTION, PROJECT_OPTION } from '../../support/google/options.ts';

export const schema = {
  type: 'object',
  properties: {
    topic: {
      type: 'string',
      minLength: 1,
      description: 'The topic: its name, or `projects/<project>/topics/<name>`. It must exist.',
      examples: ['orders', 'projects/acme/topics/orders'],
    },
    project: PROJECT_OPTION,
    endpoint: {
      type: 'string',
      minLength: 1,
      description:
        'Where Pub/Sub answers: a regional endpoint, which ordering keys need, or an emulator (`http://…`, asked without credentials). Without it: PUBSUB_EMULATOR_HOST, else https://pubsub.googleapis.com.',
      examples: ['https://europe-west1-pubsub.googleapis.com'],
    },
    credentials_file: CREDENTIALS_OPTION,
    mode: {
      enum: ['binary', 'structured', 'event', 'data'],
      default: 'binary',
      description:
        'What a message holds: the event’s data with its CloudEvents attributes as `ce-` attributes, the whole event as structured CloudEvents JSON, `{"event_type","event","meta"}`, or the data alone.',
    },
    ordering_key: {
      type: 'string',
      minLength: 1,
      template: true,
      description:
        'Ordering key of each message, with `${{ CEL }}` in it; an empty one is none. Messages of one key are published in order as far as their events have one key, and delivered so where the subscription has ordering on.',
      examples: ['${{ event.data.customer }}'],
    },
    attributes: {
      type: 'object',
      additionalProperties: { type: 'string', template: true },
      default: {},
      description:
        'Attributes to add, or to put in place of evrun’s own: name to text with `${{ CEL }}` in it.',
    },
    batch_size: {
      type: 'integer',
      minimum: 1,
      maximum: 1_000,
      default: 500,
      description: 'Most messages in one request.',
    },
    linger_ms: {
      type: 'integer',
      minimum: 0,
      maximum: 10_000,
      default: 5,
      description: 'How long an incomplete batch waits for more, in milliseconds.',
    },
    max_requests: {
      type: 'integer',
      minimum: 1,
      maximum: 64,
      default: 4,
      description: 'Requests at once.',
    },
  },
  required: ['topic'],
} as const satisfies ConfigSchema;

export type PubSubActionConfig = ConfigOf<typeof schema>;
