import { fileURLToPath } from 'node:url';
import { messageOf } from '../contract/errors.ts';
import type { FlushingLogger } from '../support/logging/log.ts';
import type { Host } from './host.ts';

/**
 * Errors that nobody caught: a promise of a module of the user's that nobody awaits, a mistake of ours. Whose event it
 * was is unknown, so no pipeline may go on; what is in work is not at fault, so the first error stops all pipelines as
 * a signal does, in bounded time, and the process exits with 1. The same one again is what other events in work meet.
 * Another one during the stop ends the process at once, and so does one before anything runs.
 */
export interface Uncaught {
  /** How to stop in order, once there is something to stop. Ends the process if that takes longer than `mostMs`. */
  stopWith(stop: (reason: string) => void, mostMs: number): void;
  readonly happened: boolean;
  /** From here on whoever listened before hears of them. */
  unfollow(): void;
}

/** `abandon` is called before the process ends at once. */
export function followUncaught(host: Host, log: FlushingLogger, abandon: () => void): Uncaught {
  let stopping: { readonly stop: (reason: string) => void; readonly mostMs: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let first: string | undefined;

  function end(): void {
    log.flush();
    abandon();
    host.exit(1);
  }

  const undo = host.onUncaught((error) => {
    const sentence = uncaughtSentence(error);
    if (sentence === first) return;
    const last = first !== undefined || stopping === undefined;
    const next = last
      ? 'It ends at once; what was not committed is read again at the next start'
      : 'Stopping all pipelines; another one ends the process at once';
    log.error(`${sentence}. ${next}${framesOf(error)}`, { code: 'EVR_INTERNAL' });
    first ??= sentence;
    if (last || stopping === undefined) {
      end();
      return;
    }
    // What would end the stop may be what broke.
    timer = setTimeout(end, stopping.mostMs).unref();
    stopping.stop('an error that nobody caught');
  });
  return {
    stopWith(stop, mostMs) {
      stopping = { stop, mostMs };
    },
    get happened() {
      return first !== undefined;
    },
    unfollow() {
      clearTimeout(timer);
      undo();
    },
  };
}

/** `an error that nobody caught, at /home/me/notify.mjs:3:9: too late`, as far as the stack tells. */
export function uncaughtSentence(error: unknown): string {
  const place = placeOf(stackOf(error));
  return `an error that nobody caught${place === undefined ? '' : `, at ${place}`}: ${messageOf(error)}`;
}

const FRAME = /^ {4}at .*$/gm;
/** Where evrun's own code lies. */
const OWN = fileURLToPath(new URL('..', import.meta.url));

/** The first line of the user's own code; of any code where there is none. */
function placeOf(stack: string): string | undefined {
  const places = (stack.match(FRAME) ?? [])
    .map((frame) => /(?:\(|at |async )((?:file:\/\/)?\/[^()]+:\d+:\d+)\)?$/.exec(frame)?.[1])
    .filter((place) => place !== undefined)
    .map((place) => place.replace(/^file:\/\//, ''));
  return places.find((place) => !place.startsWith(OWN) && !place.includes('/node_modules/')) ?? places[0];
}

function framesOf(error: unknown): string {
  return (stackOf(error).match(FRAME) ?? []).map((frame) => `\n${frame.trim()}`).join('');
}

function stackOf(error: unknown): string {
  return error instanceof Error ? String(error.stack ?? '') : '';
}
