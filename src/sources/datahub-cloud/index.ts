import { type ConfigProblem, defineSource } from '../../contract/define.ts';
import { CloudSource } from './source.ts';

const KNOWN_TOPICS = [
  'PlatformEvent_v1',
  'MetadataChangeLog_Versioned_v1',
  'MetadataChangeLog_Timeseries_v1',
] as const;

export default defineSource({
  name: 'datahub-cloud',
  summary: "DataHub's events, read from the events API of DataHub Cloud; no Kafka needed",
  guarantee:
    'At least once: a crash repeats at most what was in work and what was finished since the last commit.',
  defaultFormat: 'datahub',
  defaultStart: 'latest',
  ordered: true,
  resumable: true,
  retries: 'engine',
  needsDatahub: true,
  schema: {
    type: 'object',
    properties: {
      topics: {
        type: ['string', 'array'],
        items: { type: 'string', minLength: 1 },
        minItems: 1,
        minLength: 1,
        description:
          'One topic or several: PlatformEvent_v1 (without a value: this one), MetadataChangeLog_Versioned_v1, ' +
          'MetadataChangeLog_Timeseries_v1.',
      },
      topic: { type: 'string', minLength: 1, alias: 'topics', description: 'Earlier name of `topics`.' },
      page_size: {
        type: 'integer',
        minimum: 1,
        maximum: 5000,
        default: 5000,
        description:
          'Most events to ask for in one request. Fewer are asked for while a page would hold more than 8 MB or ' +
          '10 s of work.',
      },
      infinite_retry: {
        type: 'boolean',
        default: false,
        description:
          'Accepted as DataHub Actions has it. An outage is waited out in any case, for at most ' +
          '`options.max_outage_seconds` if that is set.',
      },
      event_processing_time_max_duration_seconds: {
        type: 'integer',
        minimum: 1,
        description: 'Has no effect.',
        ignored: 'a slow event does not end the pipeline; options.attempt_timeout_seconds bounds an attempt',
      },
      consumer_id: {
        type: 'string',
        description: 'Has no effect, as in DataHub Actions.',
        ignored: 'the position is kept under the name of the pipeline, as DataHub Actions does',
      },
    },
  },
  check({ topics }) {
    const problems: ConfigProblem[] = [];
    for (const name of new Set(topicsOf(topics))) {
      if (KNOWN_TOPICS.some((known) => known === name)) continue;
      problems.push({
        path: ['topics'],
        message: `DataHub hands out no topic ${JSON.stringify(name)}`,
        fix: `Choose of ${KNOWN_TOPICS.join(', ')}.`,
      });
    }
    return problems;
  },
  create: ({ topics, page_size }, ctx) =>
    new CloudSource({ topics: [...new Set(topicsOf(topics))], pageSize: page_size }, ctx),
});

function topicsOf(topics: string | readonly string[] | undefined): readonly string[] {
  if (topics === undefined) return ['PlatformEvent_v1'];
  return typeof topics === 'string' ? [topics] : topics;
}
