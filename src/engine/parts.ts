import { Envelope } from '../contract/envelope.ts';
import { EvrunError } from '../contract/errors.ts';
import type { StepStats } from '../contract/stats.ts';
import type { Transformed } from '../contract/transformer.ts';
import { type Task, Work } from './task.ts';

/**
 * What a step made of a part: it ends here (dropped), goes on changed, or becomes several. Parts of a split are
 * `<id>#<n>` and take the place of the whole, the first one on top.
 */
export function applyTo(task: Task, work: Work, out: Transformed, stats: StepStats): void {
  stats.processed += 1;
  if (out === null || out === undefined) {
    stats.dropped += 1;
    task.parts.pop();
  } else if (Array.isArray(out)) {
    const events = out.map((one: unknown) => adopt(one, work.event, task));
    if (events.length === 0) stats.dropped += 1;
    task.parts.pop();
    for (let n = events.length - 1; n >= 0; n -= 1) {
      const { type, data } = events[n] as Envelope;
      const part = (events[n] as Envelope).copy(type, data);
      part.part = `${work.event.part}#${n}`;
      task.parts.push(new Work(part, work.step + 1));
    }
  } else {
    work.event = adopt(out, work.event, task);
    work.step += 1;
    work.failures = 0;
  }
}

/** Makes an envelope of what a step returned and gives it its delivery. */
function adopt(out: unknown, before: Envelope, task: Task): Envelope {
  if (typeof out !== 'object' || out === null) {
    throw new EvrunError(
      'EVR_TRANSFORM',
      `a transformer returned ${String(out)} where an event was expected`,
    );
  }
  const event = Envelope.from(out as Envelope);
  if (event.origin === undefined) {
    event.origin = task.entry.delivery;
    event.part = before.part;
  }
  return event;
}
