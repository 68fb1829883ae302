import { EvrunError, messageOf } from '../../contract/errors.ts';

/**
 * What a failed request to produce means. `renew`: the brokers have lost count of this producer's messages, a new
 * one begins to count anew. `topic`: refused for all of a topic. `record`: one of the records is at fault. `gone`:
 * the topic is not there. `other`: whatever else, an outage as a rule.
 */
export type ProduceFailure = 'renew' | 'topic' | 'record' | 'gone' | 'other';

const FAILURES: Readonly<Record<string, ProduceFailure>> = {
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'renew',
  DUPLICATE_SEQUENCE_NUMBER: 'renew',
  UNKNOWN_PRODUCER_ID: 'renew',
  INVALID_PRODUCER_EPOCH: 'renew',
  INVALID_PRODUCER_ID_MAPPING: 'renew',
  TOPIC_AUTHORIZATION_FAILED: 'topic',
  CLUSTER_AUTHORIZATION_FAILED: 'topic',
  INVALID_TOPIC_EXCEPTION: 'topic',
  UNSUPPORTED_COMPRESSION_TYPE: 'topic',
  MESSAGE_TOO_LARGE: 'record',
  RECORD_LIST_TOO_LARGE: 'record',
  INVALID_RECORD: 'record',
  INVALID_TIMESTAMP: 'record',
  POLICY_VIOLATION: 'record',
  UNKNOWN_TOPIC_OR_PARTITION: 'gone',
};

/** A record is larger than its topic takes: known before it was sent, or said by the broker. */
export class TooLargeError extends EvrunError {
  constructor(message: string, cause?: unknown) {
    super('EVR_ACTION', message, { cause });
  }
}

export function failureOf(error: unknown): ProduceFailure {
  return FAILURES[typeOf(error)] ?? 'other';
}

/**
 * The sentence for a definite refusal. `one`: every message goes to this topic. EVR_REFUSED and fatal where none can be
 * written, else EVR_ACTION: the others may be.
 */
export function refusalOf(error: unknown, topics: string, one: boolean): EvrunError {
  const failure = failureOf(error);
  const type = typeOf(error);
  const message = `the broker refused a record for topic ${topics}: ${ADVICE[type] ?? `${messageOf(error)} (${type})`}`;
  if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE')
    return new TooLargeError(message, error);
  const fatal = type === 'CLUSTER_AUTHORIZATION_FAILED' || (one && failure === 'topic');
  return new EvrunError(fatal ? 'EVR_REFUSED' : 'EVR_ACTION', message, { cause: error, fatal });
}

const ADVICE: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED:
    'its user may not write to it. Grant WRITE and DESCRIBE on the topic, or name another user in connection',
  CLUSTER_AUTHORIZATION_FAILED:
    'its user may not write to any topic. Grant WRITE and DESCRIBE on the topic (brokers before 2.8 also want IDEMPOTENT_WRITE on the cluster)',
  INVALID_TOPIC_EXCEPTION: 'the name is none that a topic may have',
  UNSUPPORTED_COMPRESSION_TYPE: 'it does not take this compression. Write another one, or compression: none',
  MESSAGE_TOO_LARGE:
    'it is larger than the topic takes (max.message.bytes). Send less of the event, or raise the limit',
  RECORD_LIST_TOO_LARGE: 'it is larger than a segment of the topic (segment.bytes). Send less of the event',
  INVALID_RECORD: 'the topic does not take such a record; one that is compacted takes none without a key',
  INVALID_TIMESTAMP: 'its time is too far from the broker’s clock',
};

/** The name that the protocol gives to what happened; kafkajs wraps it once or twice. */
function typeOf(error: unknown): string {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth += 1) {
    if ('type' in each && typeof each.type === 'string') return each.type;
  }
  return '';
}
