import { type FlyteEntity, isTerminal, phaseName } from '../../support/flyte/phases.ts';
import type { FlyteName, FlyteRecord } from '../../support/flyte/record.ts';
import type { Kind } from './kind.ts';
import { timestampText } from './time.ts';

/*
 * Makes one record of all the shapes that Flyte has: the event stands in `event` (v1, external) or `rawEvent` (v2),
 * names are lowerCamelCase or, before 2022-05-31, snake_case; there, enums are numbers, times are `{seconds,nanos}`
 * and the members of a oneof stand one level deeper, in capitals (`OutputResult: { OutputUri }`).
 * Nothing is trusted: what has another type than it should have counts as absent.
 */

type Json = Readonly<Record<string, unknown>>;

/** The execution that an event belongs to, as `project:domain:name`; what follows it stays in order. */
export function executionKey(entity: FlyteRecord['entity'], data: unknown): string | undefined {
  const id = executionOf(entity, eventOf(data));
  if (id === undefined) return undefined;
  const { project, domain, name, org } = id;
  if (typeof name !== 'string' || name === '') return undefined;
  const key = `${text(project) ?? ''}:${text(domain) ?? ''}:${name}`;
  return typeof org === 'string' && org !== '' ? `${org}:${key}` : key;
}

export function normalise({ feed, entity }: Kind, data: unknown): FlyteRecord {
  const event = eventOf(data);
  const execution = executionOf(entity, event);
  const node =
    entity === 'node' ? event['id'] : member(event, 'parentNodeExecutionId', 'parent_node_execution_id');
  const output = object(event['OutputResult']);
  const given = event['phase'];
  const named = typeof given === 'string' || typeof given === 'number' ? given : 'UNDEFINED';
  const phase = entity === undefined ? named : phaseName(entity, named);
  const retryGroup = text(member(event, 'retryGroup', 'retry_group'));
  const attempt = entity === 'node' ? retryGroup : member(event, 'retryAttempt', 'retry_attempt');
  return withoutAbsent<FlyteRecord>({
    system: 'flyte',
    feed,
    entity,
    project: text(execution?.['project']),
    domain: text(execution?.['domain']),
    org: text(execution?.['org']),
    execution: text(execution?.['name']),
    nodeId: text(member(object(node), 'nodeId', 'node_id')),
    task: entity === 'task' ? nameOf(member(event, 'taskId', 'task_id')) : undefined,
    retryAttempt: whole(attempt),
    retryGroup,
    phase,
    phaseVersion: whole(member(event, 'phaseVersion', 'phase_version')),
    terminal: entity !== undefined && isTerminal(entity, phase),
    occurredAt: time(member(event, 'occurredAt', 'occurred_at')) ?? '1970-01-01T00:00:00Z',
    reportedAt: time(member(event, 'reportedAt', 'reported_at')),
    producerId: text(member(event, 'producerId', 'producer_id')),
    error: errorOf(event['error'] ?? output?.['Error']),
    inputUri: text(member(event, 'inputUri', 'input_uri') ?? object(event['InputValue'])?.['InputUri']),
    outputUri: text(member(event, 'outputUri', 'output_uri') ?? output?.['OutputUri']),
    labels: object(object(data)?.['labels']),
    principal: text(object(data)?.['principal']),
    launchPlan: nameOf(member(object(data), 'launchPlanId', 'launch_plan_id')),
  });
}

const NONE: Json = Object.freeze({});

/** The event inside the request; an ExecutionStart is the event itself. */
function eventOf(data: unknown): Json {
  const request = data as Json;
  return object(request['event']) ?? object(member(request, 'rawEvent', 'raw_event')) ?? object(data) ?? NONE;
}

function executionOf(entity: FlyteEntity | undefined, event: Json): Json | undefined {
  const parent =
    entity === 'node'
      ? event['id']
      : entity === 'task'
        ? member(event, 'parentNodeExecutionId', 'parent_node_execution_id')
        : event;
  return object(member(object(parent), 'executionId', 'execution_id'));
}

/** A member by its lowerCamelCase name, or by the snake_case one. */
function member(of: Json | undefined, name: string, snake: string): unknown {
  return of === undefined ? undefined : (of[name] ?? of[snake]);
}

function object(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** 0 where it is left out or is no number. */
function whole(value: unknown): number {
  const number = Number(value ?? 0);
  return Number.isSafeInteger(number) ? number : 0;
}

function time(value: unknown): string | undefined {
  const legacy = object(value);
  return legacy === undefined ? text(value) : timestampText(whole(legacy['seconds']), whole(legacy['nanos']));
}

function nameOf(value: unknown): FlyteName | undefined {
  const id = object(value);
  if (id === undefined) return undefined;
  return withoutAbsent({
    project: text(id['project']),
    domain: text(id['domain']),
    name: text(id['name']),
    version: text(id['version']),
    org: text(id['org']),
  });
}

const KINDS = ['UNKNOWN', 'USER', 'SYSTEM'];

function errorOf(value: unknown): FlyteRecord['error'] {
  const error = object(value);
  if (error === undefined) return undefined;
  const kind = error['kind'] ?? 0;
  return withoutAbsent({
    code: text(error['code']) ?? '',
    message: text(error['message']) ?? '',
    kind: typeof kind === 'number' ? (KINDS[kind] ?? kind) : (text(kind) ?? 'UNKNOWN'),
    errorUri: text(member(error, 'errorUri', 'error_uri')),
  });
}

/** Without the members that are undefined: `has(event.meta.flyte.error)` must tell. */
function withoutAbsent<T extends object>(given: T): T {
  const kept: Partial<T> = {};
  for (const name in given) if (given[name] !== undefined) kept[name] = given[name];
  return kept as T;
}
