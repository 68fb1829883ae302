import type { DeadLetter, DeadLetterDetails } from '../../contract/dead-letter.ts';
import type { Delivery } from '../../contract/source.ts';
import type { OutMessage } from '../../support/kafka/producer.ts';
import { topicPartitionOf } from './assignment.ts';

const MOST_ERROR_CHARACTERS = 1000;

/** One way to write a letter down. `leftOut`: what it lacks, e.g. `['raw', 'event']`; empty = nothing. */
export interface LetterMessage {
  readonly message: OutMessage;
  readonly leftOut: readonly string[];
}

/**
 * The record of a dead letter, and then the same with less and less in it, for a topic that does not take it: base64
 * makes raw bytes a third larger than the record that was read. Key, headers and the first three members of the value
 * are DataHub's. A letter that lacks something says so in `evrun.left_out`; `failed_events.log` has all of it.
 */
export function* letterMessages(
  to: string,
  letter: DeadLetter,
  delivery: Delivery,
): Generator<LetterMessage, void> {
  const headers = headersOf(letter, delivery);
  const key = keyOf(delivery);
  const { raw, ...evrun } = letter.evrun;
  const leftOut: string[] = [];
  const written = (value: string): LetterMessage => ({
    message: { topic: to, key, value, headers },
    leftOut: [...leftOut],
  });
  yield written(envelope(letter, delivery, raw === undefined ? undefined : letter.evrun));
  if (raw !== undefined) {
    leftOut.push('raw');
    yield written(envelope(letter, delivery, { ...evrun, ...saying(leftOut) }));
  }
  if (letter.eventText !== undefined) {
    leftOut.push('event');
    const without = { ...letter, eventText: undefined };
    yield written(envelope(without, delivery, { ...evrun, ...saying(leftOut) }));
  }
  leftOut.push('meta', 'attempts', 'key', 'headers', 'attributes');
  yield written(least(letter, delivery, leftOut));
}

/** What could not be read has no event: its bytes and everything else that is known of it go along. */
function envelope(
  { event_type, eventText, meta }: DeadLetter,
  delivery: Delivery,
  evrun: DeadLetterDetails | undefined,
): string {
  const head = `{"event_type":${JSON.stringify(event_type)},"event":${eventText ?? 'null'}`;
  const rest = evrun === undefined ? '' : `,"evrun":${JSON.stringify(evrun)}`;
  return `${head},"meta":${JSON.stringify(meta ?? delivery.meta)}${rest}}`;
}

/** Where the record is and why it failed: nothing of a size that others choose. */
function least({ event_type, evrun }: DeadLetter, delivery: Delivery, leftOut: readonly string[]): string {
  const { id, pipeline, recipe_hash, step, error, at, committed, position } = evrun;
  const message = error.message.slice(0, MOST_ERROR_CHARACTERS);
  const kafka = { ...topicPartitionOf(position.partition), offset: delivery.position.offset };
  return JSON.stringify({
    event_type,
    event: null,
    meta: { kafka },
    evrun: {
      ...{ id, pipeline, recipe_hash, step, error: { code: error.code, message }, at, committed, position },
      ...saying(leftOut),
    },
  });
}

function saying(leftOut: readonly string[]) {
  return {
    left_out: [...leftOut],
    left_out_because: 'the topic does not take so large a record; failed_events.log has all of it',
  };
}

function keyOf({ position }: Delivery): string {
  const { topic, partition } = topicPartitionOf(position.partition);
  return `${topic}:${partition}:${position.offset}`;
}

function headersOf({ evrun }: DeadLetter, { position }: Delivery): NonNullable<OutMessage['headers']> {
  const { topic, partition } = topicPartitionOf(position.partition);
  return {
    'datahub.pipeline': evrun.pipeline,
    'datahub.source.topic': topic,
    'datahub.source.partition': String(partition),
    'datahub.source.offset': String(position.offset),
    'datahub.error': `${evrun.error.code}: ${evrun.error.message}`.slice(0, MOST_ERROR_CHARACTERS),
  };
}
