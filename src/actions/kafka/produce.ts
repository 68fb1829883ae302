import type { Result } from '../../contract/action.ts';
import type { PartContext } from '../../contract/context.ts';
import { EvrunError, messageOf } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import type { KafkaProducer, OutMessage } from '../../support/kafka/producer.ts';
import type { Draft, RecordMaker } from './record.ts';

/**
 * Writes the events of a batch. One that cannot be spelled out is none of those that are sent; it fails for good, and
 * those behind it need not wait for it.
 */
export async function produceEvents(
  events: readonly Event[],
  records: RecordMaker,
  producer: KafkaProducer,
  signal: AbortSignal,
  report: PartContext['report'],
): Promise<readonly Result[]> {
  const results: Result[] = events.map(() => undefined);
  const drafts: { readonly draft: Draft; readonly index: number }[] = [];
  events.forEach((event, index) => {
    attempt(results, index, () => drafts.push({ draft: records.describe(event), index }));
  });
  const unprepared = await prepare(drafts, records.avro, signal, report);
  if (unprepared !== undefined) {
    drafts.forEach(({ index }, i) => {
      results[index] = i > 0 && unprepared.retry === 'later' ? { notTried: true } : { failed: unprepared };
    });
    return results;
  }
  const messages: OutMessage[] = [];
  const places: number[] = [];
  for (const { draft, index } of drafts) {
    attempt(results, index, () => {
      const { event, ...message } = draft;
      const value = draft.value === undefined ? records.avro?.encode(draft.topic, event.data) : draft.value;
      messages.push({ ...message, value: value as OutMessage['value'] });
      places.push(index);
    });
  }
  const sent = await producer.send(messages, signal);
  sent.forEach((result, i) => {
    results[places[i] as number] = stopping(result);
  });
  return results;
}

/** Why the values cannot be written; undefined: they can. */
async function prepare(
  drafts: readonly { readonly draft: Draft }[],
  avro: RecordMaker['avro'],
  signal: AbortSignal,
  report: PartContext['report'],
): Promise<EvrunError | undefined> {
  try {
    await avro?.prepare(new Set(drafts.map(({ draft }) => draft.topic)), signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof EvrunError)) throw error;
    if (error.code === 'EVR_UNREACHABLE') report.unreachable(error.message);
    return fatalRefusal(error);
  }
}

function attempt(results: Result[], index: number, step: () => void): void {
  try {
    step();
  } catch (error) {
    const failed =
      error instanceof EvrunError
        ? error
        : new EvrunError('EVR_ACTION', `the event cannot be written: ${messageOf(error)}`, { cause: error });
    results[index] = { failed };
  }
}

/** Refused credentials and certificates concern every event: dead letters would only hide them. */
function stopping(result: Result): Result {
  if (result === undefined || !('failed' in result) || !(result.failed instanceof EvrunError)) return result;
  return { failed: fatalRefusal(result.failed) };
}

function fatalRefusal(error: EvrunError): EvrunError {
  if (error.code !== 'EVR_REFUSED') return error;
  return new EvrunError(error.code, error.message, { cause: error, fatal: true });
}
