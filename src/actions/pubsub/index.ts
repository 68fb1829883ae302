import type { Action } from '../../contract/action.ts';
import { defineAction } from '../../contract/define.ts';
import { EvrunError } from '../../contract/errors.ts';
import { fullName, nameProblems } from '../../support/google/names.ts';
import { connectionProblems } from '../../support/google/options.ts';
import { PubSubClient } from '../../support/google/pubsub-client.ts';
import { attributeProblems } from './limits.ts';
import { messages } from './message.ts';
import { Publisher } from './publisher.ts';
import { type PubSubActionConfig, schema } from './schema.ts';

/** By the events' size as they came; requests are divided by what they really hold. */
const BATCH_BYTES = 8_000_000;

export default defineAction({
  name: 'pubsub',
  summary: 'Publishes each event to a Google Pub/Sub topic',
  guarantee:
    'An event counts as done once Pub/Sub has taken it. A repeat is a second message with the same event id.',
  schema,
  check: (config) => [
    ...nameProblems('topic', config.topic, config.project),
    ...connectionProblems(config, process.env),
    ...attributeProblems(config.attributes),
  ],
  create(config: PubSubActionConfig, { clock, report }): Action {
    const make = messages(config);
    let client: PubSubClient | undefined;
    let publisher: Publisher | undefined;
    let unreachable = false;

    async function open(): Promise<void> {
      client ??= await PubSubClient.open({
        endpoint: config.endpoint,
        credentialsFile: config.credentials_file,
        connections: config.max_requests * 4,
        clock,
        env: process.env,
        code: 'EVR_ACTION',
      });
      const { topic, project } = config;
      const known = client;
      const name = await fullName('topic', topic, project, process.env, () => known.project());
      publisher = new Publisher(name, client, make, config.batch_size);
    }

    return {
      batch: {
        maxEvents: config.batch_size,
        maxBytes: BATCH_BYTES,
        lingerMs: config.linger_ms,
        keepsOrder: true,
        // Several at once could overtake each other.
        concurrent: config.ordering_key === undefined ? config.max_requests : 1,
      },
      open,
      async actBatch(events, attempt) {
        try {
          const results = await (publisher as Publisher).publish(events, attempt);
          tellReach(results.some((result) => isOutage(result)));
          return results;
        } catch (error) {
          // No topic, no permission: every event would fail, and dead letters would only hide it.
          if (!(error instanceof EvrunError) || error.code !== 'EVR_REFUSED') throw error;
          throw new EvrunError(error.code, error.message, { cause: error, fatal: true });
        }
      },
      preview: (event) => `publish to ${config.topic}: ${make(event).json}`,
      close: async () => client?.close(),
    };

    function tellReach(failed: boolean): void {
      if (failed === unreachable) return;
      unreachable = failed;
      if (failed) report.unreachable(`Pub/Sub at ${client?.host}`);
      else report.reachable();
    }
  },
});

function isOutage(result: unknown): boolean {
  const failed = (result as { failed?: unknown } | undefined)?.failed;
  return failed instanceof EvrunError && failed.code === 'EVR_UNREACHABLE';
}
