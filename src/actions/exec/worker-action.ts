import type { Action, Attempt, Result } from '../../contract/action.ts';
import type { PartContext } from '../../contract/context.ts';
import type { Event } from '../../contract/event.ts';
import { eventLine } from '../../support/events/event-line.ts';
import { redact } from '../../support/logging/redact.ts';
import { shellWord } from '../../support/programs/shell-word.ts';
import { assertProgram, programEnv } from './program.ts';
import type { ExecConfig } from './schema.ts';
import { Worker } from './worker.ts';
import type { Reply } from './worker-chunk.ts';
import { Gate } from './worker-gate.ts';

/** A chunk should take the worker about this long: enough to keep it busy, little to lose with it. */
const CHUNK_MS = 50;
/** Then the rest of a batch is handed back, so that a slow worker's batch does not outlast the attempt timeout. */
const BATCH_MS = 2_000;
const MAX_EVENTS = 64;

/**
 * Feeds a batch to the worker in chunks, whose size follows the worker's speed. What was not sent in time, or was
 * lost with a worker that another event brought down, is handed back untried.
 *
 * One poison event must not take its neighbours along: an event that failed before is sent alone, and after a
 * crash so are as many events as could have been the cause.
 */
export function workerAction(config: ExecConfig, ctx: PartContext): Action {
  const env = programEnv(config, ctx);
  const { cwd, max_output_bytes: maxLineBytes } = config;
  const worker = new Worker({ argv: config.command, cwd, env, maxLineBytes, log: ctx.log, clock: ctx.clock });
  const gate = new Gate();
  const lineOf = questionLine(config);
  let chunkSize = 1;
  let suspects = 0;

  async function ask(events: readonly Event[], attempt: Attempt, alone: boolean): Promise<readonly Reply[]> {
    const leave = await gate.enter(alone, attempt.signal);
    const { lost } = worker;
    const startedAt = ctx.clock.monotonic();
    try {
      const questions = events.map((event) => ({ id: event.id, line: lineOf(event, attempt.number) }));
      const replies = await worker.ask(questions, attempt.signal);
      suspects = Math.max(0, suspects - events.length) + worker.lost - lost;
      const isSlow = worker.lost !== lost || ctx.clock.monotonic() - startedAt > CHUNK_MS;
      chunkSize = isSlow ? Math.max(1, chunkSize >> 1) : Math.min(2 * chunkSize, MAX_EVENTS);
      return replies;
    } finally {
      leave();
    }
  }

  async function actBatch(events: readonly Event[], attempt: Attempt): Promise<readonly Result[]> {
    const results: Result[] = [];
    const until = ctx.clock.monotonic() + BATCH_MS;
    while (results.length < events.length) {
      const alone = suspects > 0 || attempt.number > 1;
      const chunk = events.slice(results.length, results.length + (alone ? 1 : chunkSize));
      try {
        for (const reply of await ask(chunk, attempt, alone)) results.push(resultOf(reply));
      } catch (failed) {
        results.push({ failed });
        break;
      }
      if (attempt.signal.aborted || ctx.clock.monotonic() > until) break;
    }
    while (results.length < events.length) results.push({ notTried: true });
    return results;
  }

  return {
    batch: {
      maxEvents: MAX_EVENTS,
      maxBytes: 4 * 1024 * 1024,
      lingerMs: 0,
      keepsOrder: false,
      concurrent: 4,
    },
    async open() {
      assertProgram(config, ctx);
    },
    actBatch,
    preview: (event) => redact(`${config.command.map(shellWord).join(' ')} << ${lineOf(event, 1)}`),
    close: () => worker.close(),
  };
}

function resultOf(reply: Reply): Result {
  if (reply === 'done') return undefined;
  return reply === 'lost' ? { notTried: true } : reply;
}

/** The event's line. An envelope says in its fourth key, as a dead letter does, which event it is. */
function questionLine({ format }: ExecConfig): (event: Event, attempt: number) => string {
  const spell = eventLine(format);
  if (format !== 'envelope') return spell;
  return (event, attempt) =>
    `${spell(event).slice(0, -1)},"evrun":{"id":${JSON.stringify(event.id)},"attempt":${attempt}}}`;
}
