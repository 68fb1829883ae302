import type { DeadLetter } from '../contract/dead-letter.ts';
import { deliveryId, type Envelope } from '../contract/envelope.ts';
import { EvrunError, messageOf } from '../contract/errors.ts';
import type { Delivery } from '../contract/source.ts';
import type { Failure, Task } from './task.ts';

interface LetterContext {
  readonly pipeline: string;
  readonly recipeHash: string;
  readonly at: string;
  readonly committed: boolean;
}

/** The line of `failed_events.log` for a delivery that failed for good: the original, and all a replay needs. */
export function letterOf(task: Task, failure: Failure, context: LetterContext): DeadLetter {
  const delivery = task.entry.delivery as Delivery;
  const { original } = task;
  const bytes = original === undefined || original.data instanceof Uint8Array;
  return {
    event_type: original?.type ?? null,
    eventText: original === undefined || bytes ? undefined : textOf(original),
    meta: original === undefined ? null : original.meta,
    evrun: {
      id: original?.id ?? deliveryId(delivery),
      pipeline: context.pipeline,
      recipe_hash: context.recipeHash,
      step: failure.step,
      error: {
        code: failure.error instanceof EvrunError ? failure.error.code : 'EVR_ACTION',
        message: messageOf(failure.error),
      },
      attempts: task.attempts,
      at: context.at,
      committed: context.committed,
      position: { partition: delivery.position.partition, offset: delivery.position.offset },
      key: original?.key ?? delivery.record.key,
      headers: delivery.record.headers === undefined ? undefined : plainHeaders(delivery.record.headers),
      time: timeOf(delivery),
      attributes: original === undefined ? undefined : attributesOf(original),
      meta: original === undefined ? delivery.record.meta : undefined,
      raw: bytes ? rawOf(delivery) : undefined,
    },
  };
}

function textOf(event: Envelope): string | undefined {
  return event.dataText ?? JSON.stringify(event.data);
}

function attributesOf(event: Envelope): Record<string, unknown> {
  const { source, subject, time, datacontenttype, dataschema, extensions } = event;
  return { source, subject, time, datacontenttype, dataschema, ...extensions };
}

function timeOf(delivery: Delivery): string | undefined {
  const { time } = delivery.record;
  return time === undefined || Number.isNaN(new Date(time).getTime())
    ? undefined
    : new Date(time).toISOString();
}

/** A record that refuses to give its value (too large) leaves no bytes. */
function rawOf(delivery: Delivery): string | undefined {
  try {
    const { value } = delivery.record;
    return Buffer.from(value as string).toString('base64');
  } catch {
    return undefined;
  }
}

function plainHeaders(headers: NonNullable<Delivery['record']['headers']>): Record<string, unknown> {
  const plain = (value: unknown): unknown =>
    value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value;
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(plain) : plain(value),
    ]),
  );
}
