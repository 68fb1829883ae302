import type { Event } from '../../contract/event.ts';
import type { FlyteEntity } from './phases.ts';

/**
 * What every Flyte event says, whichever feed and spelling it came in: `event.meta.flyte`. Values that Flyte leaves
 * out because they are zero are filled in; what it does not say is absent.
 */
export interface FlyteRecord {
  readonly system: 'flyte';
  /** `v1`, `v2`: flyteadmin's cloudEvents; `external`: its externalEvents (bare protobuf). */
  readonly feed: 'v1' | 'v2' | 'external';
  /** Absent for a type of event that this version of evrun does not know. */
  readonly entity?: FlyteEntity;
  /** Of the execution, also for a task that is defined in another project. */
  readonly project?: string;
  readonly domain?: string;
  readonly org?: string;
  /** Name of the workflow execution. */
  readonly execution?: string;
  readonly nodeId?: string;
  /** The task as it is registered. */
  readonly task?: FlyteName;
  /** Of a task, from 0; of a node, its `retryGroup` as a number. */
  readonly retryAttempt: number;
  /** Of a node, as Flyte spells it. */
  readonly retryGroup?: string;
  /** `RUNNING`; a number where this version of evrun knows no name for it. */
  readonly phase: string | number;
  readonly phaseVersion: number;
  readonly terminal: boolean;
  /** RFC 3339 with all digits that came, up to nanoseconds. */
  readonly occurredAt: string;
  readonly reportedAt?: string;
  readonly producerId?: string;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly kind: string | number;
    readonly errorUri?: string;
  };
  readonly inputUri?: string;
  readonly outputUri?: string;
  /** Feed v2. */
  readonly labels?: Readonly<Record<string, unknown>>;
  readonly principal?: string;
  readonly launchPlan?: FlyteName;
}

export interface FlyteName {
  readonly project?: string;
  readonly domain?: string;
  readonly name?: string;
  readonly version?: string;
  readonly org?: string;
}

/** The record that format `flyte` put into an event's meta; undefined for other events. */
export function flyteOf(event: Event): FlyteRecord | undefined {
  const record = event.meta['flyte'] as Partial<FlyteRecord> | null | undefined;
  return record?.system === 'flyte' ? (record as FlyteRecord) : undefined;
}

type Key = readonly (string | number)[];

/** Names the execution, node or task attempt that an event is about. Undefined where it does not say. */
export function entityKey(record: FlyteRecord): Key | undefined {
  const { entity, project, domain, execution, org } = record;
  if (entity === undefined || project === undefined || domain === undefined || execution === undefined)
    return;
  // An organisation makes the key one longer, so that it cannot be taken for a project.
  const key = [entity, ...(org === undefined ? [] : [org]), project, domain, execution];
  switch (entity) {
    case 'workflow':
    case 'start':
      return key;
    case 'node':
      return record.nodeId === undefined ? undefined : [...key, record.nodeId, record.retryGroup ?? ''];
    case 'task': {
      const { task, nodeId, retryAttempt } = record;
      if (task?.name === undefined) return undefined;
      return [...key, nodeId ?? '', task.name, task.version ?? '', retryAttempt];
    }
  }
}

/**
 * Names one thing that happened: the key by which Flyte's own propeller tells repeats, so two events that are equal
 * here are the same. A workflow that is given to another cluster is queued again, at a later time: that is news.
 */
export function happeningKey(record: FlyteRecord): Key | undefined {
  const { entity, phase, phaseVersion, occurredAt } = record;
  const key = entityKey(record);
  if (key === undefined) return undefined;
  if (entity === 'task') return [...key, phase, phaseVersion];
  return entity === 'workflow' && phase === 'QUEUED' ? [...key, phase, occurredAt] : [...key, phase];
}
