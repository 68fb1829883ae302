import type { ConfigSchema } from '../../contract/schema.ts';
import { connectionSchema } from '../../support/kafka/connection-schema.ts';

const COMMITS = 'evrun commits in the background, every options.commit_interval_ms, and tries until it works';

export const schema = {
  type: 'object',
  properties: {
    connection: connectionSchema,
    topics: {
      type: ['string', 'array'],
      items: { type: 'string', minLength: 1 },
      minItems: 1,
      minLength: 1,
      description: 'The topics to read: one or several.',
      examples: [['orders']],
    },
    topic_routes: {
      type: 'object',
      additionalProperties: { type: 'string', minLength: 1 },
      description:
        'DataHub’s topics by their role: `mcl`, `mcl_timeseries`, `pe`. Takes the place of `topics`; without either ' +
        'DataHub’s own names are read. Records of other roles are passed over.',
      examples: [{ pe: 'PlatformEvent_v1' }],
    },
    group_id: {
      type: 'string',
      minLength: 1,
      description:
        'The consumer group, in which positions are stored. Default: `group.id` of `consumer_config`, else the name of ' +
        'the pipeline.',
    },
    read_committed: {
      type: 'boolean',
      description:
        'Leaves out records of transactions that are open or were aborted. Default: true, or as `isolation.level` in ' +
        '`consumer_config` says.',
      examples: [true],
    },
    start: {
      type: 'string',
      description:
        'Where a partition begins that the group has no position for: earliest, latest, an age (7d, 12h, 30m, 90s) or ' +
        'a time (2026-08-01T00:00:00Z). Default: as `auto.offset.reset` in `consumer_config` says, else latest.',
      examples: ['earliest', 'latest', '7d', '2026-08-01T00:00:00Z'],
    },
    dead_letter_topic: {
      type: 'string',
      minLength: 1,
      description: 'A topic in which dead letters are also written down, as DataHub Actions does.',
    },
    enable_mcl_pre_deserialization_filter: {
      type: 'boolean',
      default: true,
      description: 'Accepted as DataHub Actions has it. Has no effect.',
      ignored: 'options.prefilter drops what cannot match before it is parsed, whatever it is',
    },
    async_commit_enabled: { type: 'boolean', description: 'Has no effect.', ignored: COMMITS },
    async_commit_interval: { type: 'integer', minimum: 0, description: 'Has no effect.', ignored: COMMITS },
    commit_retry_count: { type: 'integer', minimum: 0, description: 'Has no effect.', ignored: COMMITS },
    commit_retry_backoff: { type: 'number', minimum: 0, description: 'Has no effect.', ignored: COMMITS },
  },
} as const satisfies ConfigSchema;
