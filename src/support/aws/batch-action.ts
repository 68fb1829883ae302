import type { Action, Attempt, Result } from '../../contract/action.ts';
import type { PartContext } from '../../contract/context.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import { type FifoIds, fifoIdsOf } from './fifo-ids.ts';
import { type MessageConfig, type Outgoing, outgoingOf } from './outgoing.ts';
import { MOST_ENTRIES } from './sqs-client.ts';
import type { FailedEntry } from './sqs-types.ts';

/** One message of a batch. */
export interface BatchEntry extends Partial<FifoIds> {
  readonly id: string;
  readonly outgoing: Outgoing;
  readonly subject?: string | undefined;
}

/** What takes the messages. */
export interface Target {
  /** `the queue https://…`. */
  readonly about: string;
  /** At most ten. Returns what was not taken. */
  send(entries: readonly BatchEntry[], signal: () => AbortSignal): Promise<readonly FailedEntry[]>;
  close(): Promise<void>;
}

export interface BatchActionOptions {
  readonly config: MessageConfig;
  readonly ctx: PartContext;
  readonly isFifo: boolean;
  /** Throws where an event gives none: that is the result of this event only. */
  readonly subject?: ((event: Event) => string | undefined) | undefined;
  readonly about: string;
  /** Bytes of one message, and of one request. */
  readonly limit: number;
  /** Requests at once. */
  readonly concurrent: number;
  /** Connects. */
  open(): Promise<Target>;
}

/**
 * Sends events in batches of ten, and says for each what became of it. Of events with the same key a batch holds one
 * only, so that one that is not taken cannot be overtaken by its successor.
 */
export function batchAction(options: BatchActionOptions): Action {
  const { config, ctx, isFifo, subject, limit, about } = options;
  const outgoing = outgoingOf(config, limit);
  const ids = isFifo ? fifoIdsOf(config) : undefined;
  let target: Target | undefined;
  let unreachable = false;

  async function send(
    entries: readonly BatchEntry[],
    results: Result[],
    signal: () => AbortSignal,
  ): Promise<void> {
    let failed: readonly FailedEntry[];
    try {
      failed = await (target as Target).send(entries, signal);
    } catch (error) {
      const told = tell(error);
      for (const { id } of entries) results[Number(id)] = { failed: told };
      return;
    }
    if (unreachable) {
      unreachable = false;
      ctx.report.reachable();
    }
    for (const each of failed) results[Number(each.Id)] = { failed: notTaken(each) };
  }

  function tell(error: unknown): unknown {
    if (!(error instanceof EvrunError)) return error;
    if (error.code === 'EVR_UNREACHABLE') {
      unreachable = true;
      ctx.report.unreachable(about);
    }
    // Keys or rights that are missing concern every event: dead letters would only hide it.
    const forAll = error.code === 'EVR_REFUSED' && error.retry === 'never';
    return forAll ? new EvrunError(error.code, error.message, { cause: error, fatal: true }) : error;
  }

  return {
    batch: {
      maxEvents: MOST_ENTRIES,
      maxBytes: limit,
      lingerMs: 0,
      keepsOrder: false,
      concurrent: options.concurrent,
    },
    async open() {
      target ??= await options.open();
    },
    async actBatch(events, attempt) {
      const results = new Array<Result>(events.length).fill(undefined);
      const entries: BatchEntry[] = [];
      events.forEach((event, i) => {
        try {
          entries.push({
            id: String(i),
            outgoing: outgoing(event),
            subject: subject?.(event),
            ...ids?.(event, keyOf(event, attempt)),
          });
        } catch (error) {
          results[i] = { failed: error };
        }
      });
      await Promise.all(fitting(entries, limit).map((some) => send(some, results, () => attempt.signal)));
      return results;
    },
    preview(event) {
      const { body } = outgoing(event);
      subject?.(event);
      return `send to ${about}: ${body.length > 500 ? `${body.slice(0, 500)}…` : body}`;
    },
    close: async () => target?.close(),
  };
}

function keyOf(event: Event, attempt: Attempt): () => string {
  return () => attempt.idempotencyKey(event);
}

/** In as many requests as their size demands. */
function fitting(entries: readonly BatchEntry[], limit: number): BatchEntry[][] {
  const requests: BatchEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const last = requests[requests.length - 1];
    bytes += entry.outgoing.bytes;
    if (last !== undefined && bytes <= limit) last.push(entry);
    else {
      requests.push([entry]);
      bytes = entry.outgoing.bytes;
    }
  }
  return requests;
}

function notTaken({ Code, Message, SenderFault }: FailedEntry): EvrunError {
  const sentence = `the message was not taken: ${Code}${Message ? `: ${Message.slice(0, 300)}` : ''}`;
  return new EvrunError('EVR_ACTION', sentence, { retry: SenderFault ? 'never' : 'later' });
}
