import { EvrunError } from '../../contract/errors.ts';
import type { Admin, KafkaClient } from '../../support/kafka/client.ts';

const MISSING = 'UNKNOWN_TOPIC_OR_PARTITION';
const FORBIDDEN = 'TOPIC_AUTHORIZATION_FAILED';

/**
 * The sentence for an error that is about one of several topics: kafkajs does not say about which, and takes a missing
 * one for a defect. `what` completes "cannot …" for the topics that it is given.
 */
export async function explainTopics(
  error: unknown,
  topics: readonly string[],
  client: KafkaClient,
  what: (topics: readonly string[]) => string,
): Promise<EvrunError> {
  const explained = client.explain(error, what(topics));
  const type = typeOf(error);
  if (type === FORBIDDEN && topics.length > 1) {
    const refused = await lookedFor(client, (admin) => forbidden(admin, topics));
    return refused === undefined || refused.length === 0 ? explained : client.explain(error, what(refused));
  }
  if (type !== MISSING) return explained;
  const missing = topics.length === 1 ? topics : await lookedFor(client, (admin) => unlisted(admin, topics));
  return new EvrunError(
    'EVR_UNREACHABLE',
    `${sentence(missing, topics)} at ${client.settings.brokers.join(',')} (yet): create it, or correct the name in the recipe`,
    { retry: 'later', cause: error },
  );
}

function sentence(missing: readonly string[] | undefined, all: readonly string[]): string {
  if (missing === undefined) return `one of the topics ${all.join(', ')} does not exist`;
  return missing.length === 1
    ? `topic ${missing[0]} does not exist`
    : `topics ${missing.join(', ')} do not exist`;
}

async function unlisted(admin: Admin, topics: readonly string[]): Promise<readonly string[]> {
  const there = new Set(await admin.listTopics());
  return topics.filter((topic) => !there.has(topic));
}

/** Asked for one by one: a list of them is refused as a whole. */
async function forbidden(admin: Admin, topics: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const topic of topics) {
    const refused = await admin.fetchTopicMetadata({ topics: [topic] }).then(
      () => false,
      (error: unknown) => typeOf(error) === FORBIDDEN,
    );
    if (refused) found.push(topic);
  }
  return found;
}

/** Undefined where the cluster does not answer. */
async function lookedFor(
  client: KafkaClient,
  look: (admin: Admin) => Promise<readonly string[]>,
): Promise<readonly string[] | undefined> {
  const admin = client.admin();
  try {
    await admin.connect();
    return await look(admin);
  } catch {
    return undefined;
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

function typeOf(error: unknown): string | undefined {
  const { type, cause } = error as { type?: string; cause?: { type?: string } };
  return type ?? cause?.type;
}
