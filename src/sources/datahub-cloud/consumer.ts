import { createHash } from 'node:crypto';

/*
 * How DataHub Actions names and keeps a pipeline's position: as a `platformResource` entity per consumer id, with
 * the state as JSON in its `platformResourceInfo` aspect. Everything here must stay equal to what its client does
 * to the byte: a pipeline can move from there to here and back, and goes on where it was.
 */

const URN_PREFIX = 'urn:li:dataHubAction:';
const PLATFORM_EVENTS = 'PlatformEvent_v1';

export interface ConsumerIds {
  /** Under which the position is written. */
  readonly own: string;
  /** Under which it may stand too, because the pipeline had more or fewer topics before. */
  readonly former: readonly string[];
}

/** A pipeline that reads platform events alone has its base id; any other has one per topic. */
export function consumerIds(pipeline: string, topic: string, topics: readonly string[]): ConsumerIds {
  const base = pipeline.startsWith(URN_PREFIX) ? pipeline : URN_PREFIX + pipeline;
  const perTopic = `${base}-${topic}`;
  if (topic !== PLATFORM_EVENTS) return { own: perTopic, former: [] };
  return topics.length === 1 ? { own: base, former: [perTopic] } : { own: perTopic, former: [base] };
}

/** The URN of the entity that holds the state of a consumer. */
export function stateUrn(consumerId: string): string {
  const key = {
    consumer_id: consumerId,
    platform: 'urn:li:dataPlatform:datahub',
    state_resource_name: 'state',
  };
  // Python writes JSON in ASCII only.
  const text = JSON.stringify(key).replace(
    /[\u007f-\uffff]/g,
    (char) => '\\u' + char.charCodeAt(0).toString(16).padStart(4, '0'),
  );
  return 'urn:li:platformResource:' + createHash('md5').update(text).digest('hex');
}

export interface ConsumerState {
  readonly offsetId: string;
  /** When it was stored, in seconds since 1970. */
  readonly timestamp: number;
}

/** The `platformResourceInfo` aspect that stores a position. `nowMs`: milliseconds since 1970. */
export function stateAspect(consumerId: string, offsetId: string, nowMs: number): object {
  const blob = JSON.stringify({ VERSION: 1, offset_id: offsetId, timestamp: Math.floor(nowMs / 1000) });
  return {
    resourceType: 'eventConsumerState',
    primaryKey: consumerId,
    value: { blob, contentType: 'JSON', schemaType: 'JSON', schemaRef: 'EventConsumerState@1' },
  };
}

/** The position in such an aspect; undefined where there is none, a sentence where it is not what it should be. */
export function stateOf(aspect: unknown): ConsumerState | undefined | string {
  const value = member(aspect, 'value');
  if (value === undefined || value === null) return undefined;
  if (member(value, 'contentType') !== 'JSON' || member(value, 'schemaType') !== 'JSON') {
    return 'its content is not JSON';
  }
  const schema = member(value, 'schemaRef');
  if (typeof schema === 'string' && !schema.startsWith('EventConsumerState')) {
    return `its schema is ${JSON.stringify(schema.slice(0, 100))}, not EventConsumerState`;
  }
  const state = parsed(member(value, 'blob'));
  const offsetId = member(state, 'offset_id');
  const timestamp = member(state, 'timestamp');
  if (state === undefined) return 'its content cannot be read';
  if (typeof offsetId !== 'string' || offsetId === '') return undefined;
  return { offsetId, timestamp: typeof timestamp === 'number' ? timestamp : 0 };
}

function parsed(blob: unknown): unknown {
  try {
    return typeof blob === 'string' ? JSON.parse(blob) : undefined;
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
