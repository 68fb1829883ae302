/** What a Flyte event is about; `start`: an execution was started (feed v2 only). */
export type FlyteEntity = 'workflow' | 'node' | 'task' | 'start';

/** Names by their number in flyteidl's enums `WorkflowExecution.Phase`, `NodeExecution.Phase`, `TaskExecution.Phase`. */
const NAMES: Readonly<Record<FlyteEntity, readonly string[]>> = {
  workflow: [
    'UNDEFINED',
    'QUEUED',
    'RUNNING',
    'SUCCEEDING',
    'SUCCEEDED',
    'FAILING',
    'FAILED',
    'ABORTED',
    'TIMED_OUT',
    'ABORTING',
  ],
  node: [
    'UNDEFINED',
    'QUEUED',
    'RUNNING',
    'SUCCEEDED',
    'FAILING',
    'FAILED',
    'ABORTED',
    'SKIPPED',
    'TIMED_OUT',
    'DYNAMIC_RUNNING',
    'RECOVERED',
  ],
  task: [
    'UNDEFINED',
    'QUEUED',
    'RUNNING',
    'SUCCEEDED',
    'ABORTED',
    'FAILED',
    'INITIALIZING',
    'WAITING_FOR_RESOURCES',
    'RETRYABLE_FAILED',
  ],
  start: ['UNDEFINED'],
};

/** No event of the same entity can follow but a late one. A task that is to be tried again is not at its end. */
const TERMINAL: Readonly<Record<FlyteEntity, ReadonlySet<string>>> = {
  workflow: new Set(['SUCCEEDED', 'FAILED', 'ABORTED', 'TIMED_OUT']),
  node: new Set(['SUCCEEDED', 'FAILED', 'ABORTED', 'TIMED_OUT', 'SKIPPED', 'RECOVERED']),
  task: new Set(['SUCCEEDED', 'ABORTED', 'FAILED']),
  start: new Set(),
};

const BEFORE = new Set(['QUEUED', 'INITIALIZING', 'WAITING_FOR_RESOURCES']);
const DURING = new Set(['RUNNING', 'DYNAMIC_RUNNING']);
const ENDING = new Set(['SUCCEEDING', 'FAILING', 'ABORTING']);

/** A phase's name; the number itself where this version of evrun knows no name for it. */
export function phaseName(entity: FlyteEntity, phase: string | number): string | number {
  return typeof phase === 'string' ? phase : (NAMES[entity][phase] ?? phase);
}

export function isTerminal(entity: FlyteEntity, phase: string | number): boolean {
  return TERMINAL[entity].has(String(phase));
}

export const HIGHEST_RANK = 4;

/** How far an entity has come, 0 to `HIGHEST_RANK`; phases side by side have one rank. Undefined: cannot be told. */
export function rankOf(entity: FlyteEntity, phase: string | number): number | undefined {
  const name = String(phase);
  if (name === 'UNDEFINED') return 0;
  if (BEFORE.has(name)) return 1;
  if (DURING.has(name)) return 2;
  if (ENDING.has(name)) return 3;
  // RETRYABLE_FAILED ends this attempt; the next one is another entity.
  return isTerminal(entity, name) || name === 'RETRYABLE_FAILED' ? HIGHEST_RANK : undefined;
}
