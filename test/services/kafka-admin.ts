import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  type Admin,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { until } from './process.ts';

const TOPIC_MS = 20_000;

export interface TopicOptions {
  /** Default 1. */
  readonly partitions?: number;
  readonly config?: Readonly<Record<string, string>>;
}

/** What a user may do: on one topic, or in one group. */
export type Grant = { readonly topic: string; readonly to: 'read' | 'write' } | { readonly group: string };

/** A kafkajs client as an oracle beside evrun: quiet, and never the code under test. */
export function oracle(brokers: string): Kafka {
  return new Kafka({ clientId: 'oracle', brokers: brokers.split(','), logLevel: logLevel.NOTHING });
}

/** What tests change in a cluster, through its plain listener. */
export class KafkaAdmin {
  private readonly plaintext: string;

  constructor(plaintext: string) {
    this.plaintext = plaintext;
  }

  /** Not by waiting for leaders: on a fresh broker that may throw although the topic was made. */
  async createTopic(name: string, { partitions = 1, config = {} }: TopicOptions = {}): Promise<void> {
    const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }));
    const topic = { topic: name, numPartitions: partitions, replicationFactor: -1, configEntries };
    await this.with(async (admin) => {
      await admin.createTopics({ waitForLeaders: false, topics: [topic] });
      await hasLeaders(admin, name, partitions);
    });
  }

  deleteTopic(name: string): Promise<void> {
    return this.with(async (admin) => {
      await admin.deleteTopics({ topics: [name] });
      await until(`${name} to be gone`, TOPIC_MS, async () => !(await admin.listTopics()).includes(name));
    });
  }

  /** `total`: how many there are afterwards. */
  addPartitions(name: string, total: number): Promise<void> {
    return this.with(async (admin) => {
      await admin.createPartitions({ topicPartitions: [{ topic: name, count: total }] });
      await hasLeaders(admin, name, total);
    });
  }

  grant(user: string, grant: Grant): Promise<void> {
    return this.with(async (admin) => {
      await admin.createAcls({ acl: aclsOf(user, grant) });
    });
  }

  revoke(user: string, grant: Grant): Promise<void> {
    return this.with(async (admin) => {
      await admin.deleteAcls({ filters: aclsOf(user, grant) });
    });
  }

  private async with<T>(use: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = oracle(this.plaintext).admin();
    await admin.connect();
    try {
      return await use(admin);
    } finally {
      await admin.disconnect();
    }
  }
}

async function hasLeaders(admin: Admin, topic: string, partitions: number): Promise<void> {
  await until(`${topic} to have leaders`, TOPIC_MS, async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const found = topics[0]?.partitions ?? [];
    return found.length === partitions && found.every(({ leader }) => leader >= 0);
  });
}

function aclsOf(user: string, grant: Grant) {
  const operations =
    'group' in grant
      ? [AclOperationTypes.READ]
      : grant.to === 'read'
        ? [AclOperationTypes.READ, AclOperationTypes.DESCRIBE]
        : [AclOperationTypes.WRITE, AclOperationTypes.DESCRIBE];
  return operations.map((operation) => ({
    resourceType: 'group' in grant ? AclResourceTypes.GROUP : AclResourceTypes.TOPIC,
    resourceName: 'group' in grant ? grant.group : grant.topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: '*',
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  }));
}
