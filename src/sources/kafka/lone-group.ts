import type { Cluster } from './assigners.ts';

type Coordinator = Awaited<ReturnType<Cluster['findGroupCoordinator']>>;

const MEMBER = 'alone';
const NO_OFFSET = '-1';

interface JoinRequest {
  readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

interface SyncRequest {
  readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
}

interface FetchRequest {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number }[];
  }[];
}

/**
 * A group of one that no broker knows of, for dry runs: kafkajs reads only as a member of a group, and a group needs a
 * right, is seen by others, and two dry runs in one would share the partitions. It answers the requests that a member
 * sends to the broker that keeps its group: this member is the leader, and gets every partition. It stores nothing.
 */
export function loneGroup(): Coordinator {
  let generation = 0;
  const answers = {
    isConnected: () => true,
    async joinGroup({ groupProtocols }: JoinRequest) {
      const [first] = groupProtocols;
      generation += 1;
      return {
        generationId: generation,
        leaderId: MEMBER,
        memberId: MEMBER,
        groupProtocol: first?.name,
        members: [{ memberId: MEMBER, memberMetadata: first?.metadata }],
      };
    },
    async syncGroup({ groupAssignment }: SyncRequest) {
      return { memberAssignment: groupAssignment[0]?.memberAssignment };
    },
    async heartbeat() {},
    async leaveGroup() {},
    /** Where a partition begins is said before every fetch; kafkajs asks all the same. */
    async offsetFetch({ topics }: FetchRequest) {
      const responses = topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => ({ partition, offset: NO_OFFSET, metadata: null })),
      }));
      return { responses };
    },
    async offsetCommit() {},
  };
  return answers as unknown as Coordinator;
}
