import { type Clock, systemClock } from '../contract/clock.ts';
import type { Host } from './host.ts';

/**
 * The signal ladder. The first SIGINT or SIGTERM asks the pipelines to stop; a second one ends the process at once
 * with 130 or 143, unless it comes along with the first: `timeout` and terminals signal the process and its group.
 * SIGHUP reopens files, but a terminal that was closed stops: nobody is left to stop it otherwise.
 */
export interface SignalActions {
  stop(reason: string): void;
  reopen(): void;
  /** Called before the process ends at once. */
  abandon(): void;
}

/** Shorter than anybody presses Ctrl-C twice. */
const TOGETHER_MS = 50;

/** The returned function takes the listeners away. */
export function followSignals(
  host: Host,
  actions: SignalActions,
  clock: Pick<Clock, 'monotonic'> = systemClock,
): () => void {
  let stopping = false;
  let firstAt = Number.NEGATIVE_INFINITY;
  const ladder = (signal: NodeJS.Signals, exitCode: number) =>
    host.onSignal(signal, () => {
      if (clock.monotonic() - firstAt < TOGETHER_MS) return;
      if (stopping) {
        actions.abandon();
        host.exit(exitCode);
        return;
      }
      stopping = true;
      firstAt = clock.monotonic();
      actions.stop(`stopped by ${signal}`);
    });
  const undo = [
    ladder('SIGINT', 130),
    ladder('SIGTERM', 143),
    host.onSignal('SIGHUP', () => {
      if (!host.hungUp()) actions.reopen();
      else if (!stopping) actions.stop('the terminal was closed');
    }),
    host.onOutputClosed(() => {
      if (!stopping) actions.stop('its output was closed');
    }),
  ];
  return () => {
    for (const each of undo) each();
  };
}
