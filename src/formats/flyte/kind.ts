import type { FlyteRecord } from '../../support/flyte/record.ts';

/** What a CloudEvent's type says of an event. */
export interface Kind {
  readonly feed: FlyteRecord['feed'];
  readonly entity: FlyteRecord['entity'];
}

export const TYPE_PREFIX = 'com.flyte.resource.';
/** Where flyteadmin says it is, in feeds v1 and v2. */
export const FLYTEADMIN = 'https://github.com/flyteorg/flyte/flyteadmin';

/** The messages of the external feed. */
export const MESSAGES = [
  'flyteidl.admin.WorkflowExecutionEventRequest',
  'flyteidl.admin.NodeExecutionEventRequest',
  'flyteidl.admin.TaskExecutionEventRequest',
] as const;

export type MessageName = (typeof MESSAGES)[number];

const known = new Map<string, Kind>();
const MOST_KNOWN = 50;

/** Undefined for a type that is not Flyte's. */
export function kindOf(type: string): Kind | undefined {
  const before = known.get(type);
  if (before !== undefined) return before;
  if (!type.startsWith(TYPE_PREFIX)) return undefined;
  const name = type.slice(TYPE_PREFIX.length);
  const wrapped = name.startsWith('cloudevents.') || name.startsWith('flyteidl.event.CloudEvent');
  const kind: Kind = { feed: wrapped ? 'v2' : 'v1', entity: entityOf(name) };
  if (known.size < MOST_KNOWN) known.set(type, kind);
  return kind;
}

/** By the name of a message, with or without its package. */
export function entityOf(name: string): FlyteRecord['entity'] {
  const last = name.slice(name.lastIndexOf('.') + 1).replace(/^CloudEvent/, '');
  if (last.startsWith('WorkflowExecution')) return 'workflow';
  if (last.startsWith('NodeExecution')) return 'node';
  if (last.startsWith('TaskExecution')) return 'task';
  return last === 'ExecutionStart' ? 'start' : undefined;
}

export function isMessageName(name: unknown): name is MessageName {
  return (MESSAGES as readonly unknown[]).includes(name);
}
