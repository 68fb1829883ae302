import { defineSource } from '../../contract/define.ts';
import { checkConfig } from './check.ts';
import { schema } from './schema.ts';
import { PubSubSource } from './source.ts';

const OWN_PLACE =
  'a subscription keeps its own place, for all of its consumers; to move it once, use --since or --reset-offsets';

export default defineSource({
  name: 'pubsub',
  summary: 'Messages of a Google Pub/Sub subscription, by pull',
  guarantee:
    'At least once: a message is acknowledged after its outcome is durable; a crash repeats what was in work and ' +
    'what was finished since the last commit.',
  defaultFormat: 'json',
  defaultStart: 'earliest',
  refuses: {
    earliest: OWN_PLACE,
    latest: OWN_PLACE,
    time: OWN_PLACE,
    reset: OWN_PLACE,
    until: 'messages come in no order, so it is never known that all older ones were there',
  },
  confirms: {
    reset: 'it seeks the subscription, which moves every consumer of it: messages come again, or are skipped',
  },
  ordered: false,
  resumable: true,
  shared: true,
  positionsIn: 'the subscription: what was not done is still in it',
  retries: 'source',
  schema,
  check: checkConfig,
  create: (config, ctx) => new PubSubSource(config, ctx),
});
