import type { Cluster } from './assigners.ts';
import { loneGroup } from './lone-group.ts';

/** Where a membership makes kafkajs wait. */
export interface ClusterHooks {
  /** True: no group is joined, see lone-group.ts. */
  readonly alone: boolean;
  /** Before every join, also the first. */
  joining(): Promise<void>;
  /** The name to join under, once; undefined: a name of the group's choice. */
  takeName(): string | undefined;
  /** Before every fetch. */
  fetching(): Promise<void> | undefined;
}

type FindCoordinator = Cluster['findGroupCoordinator'];

/**
 * kafkajs tells of a rebalance when it is too late to finish anything, and fetches before one can say from where. So
 * two calls that it makes on its picture of the cluster are waited for here: the one that begins every join, and the
 * one that begins every fetch. Returns the first of them as it was.
 */
export function hookInto(cluster: Cluster, hooks: ClusterHooks): FindCoordinator {
  const findGroupCoordinator = cluster.findGroupCoordinator.bind(cluster);
  cluster.findGroupCoordinator = async (group) => {
    await hooks.joining();
    if (hooks.alone) return loneGroup();
    const coordinator = await findGroupCoordinator(group);
    const name = hooks.takeName();
    if (name !== undefined) joinOnceAs(name, coordinator as unknown as Joinable);
    return coordinator;
  };
  const refresh = cluster.refreshMetadataIfNecessary.bind(cluster);
  cluster.refreshMetadataIfNecessary = async () => {
    await hooks.fetching();
    return refresh();
  };
  return findGroupCoordinator;
}

interface Joinable {
  joinGroup(request: { readonly memberId: string }): Promise<unknown>;
}

/** Joins under the name of the membership before, or the group waits for that one until its session is over. */
function joinOnceAs(name: string, coordinator: Joinable): void {
  const joinGroup = coordinator.joinGroup.bind(coordinator);
  coordinator.joinGroup = (request) => {
    coordinator.joinGroup = joinGroup;
    return joinGroup({ ...request, memberId: request.memberId || name });
  };
}
