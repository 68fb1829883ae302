import { answerIn } from './answer.ts';

/** What Pub/Sub says about a subscription, as far as it matters here. */
export interface Settings {
  readonly ackDeadlineSeconds: number;
  readonly push: boolean;
  readonly detached: boolean;
  /** Of its dead letter policy; undefined = it has none. */
  readonly maxDeliveryAttempts: number | undefined;
}

/** Throws EVR_UNREACHABLE (may pass) for an answer that is none. */
export function readSettings(body: Buffer, host: string): Settings {
  const found = answerIn(body, host, 'a look at the subscription');
  const push = found['pushConfig'] as { pushEndpoint?: unknown } | null | undefined;
  const dead = found['deadLetterPolicy'] as { maxDeliveryAttempts?: unknown } | null | undefined;
  const elsewhere = found['bigqueryConfig'] ?? found['cloudStorageConfig'] ?? undefined;
  return {
    ackDeadlineSeconds: Number(found['ackDeadlineSeconds']) || 10,
    push: Boolean(push?.pushEndpoint) || elsewhere !== undefined,
    detached: found['detached'] === true,
    maxDeliveryAttempts:
      dead === undefined || dead === null ? undefined : Number(dead.maxDeliveryAttempts) || 5,
  };
}
