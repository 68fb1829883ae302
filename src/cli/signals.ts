import type { Host } from './host.ts';

/**
 * The signal ladder. The first SIGINT or SIGTERM asks the pipelines to stop; a second one ends the process at once
 * with 130 or 143. SIGHUP reopens files, but a terminal that was closed stops: nobody is left to stop it otherwise.
 */
export interface SignalActions {
  stop(reason: string): void;
  reopen(): void;
  /** Called before the process ends at once. */
  abandon(): void;
}

/** The returned function takes the listeners away. */
export function followSignals(host: Host, actions: SignalActions): () => void {
  let stopping = false;
  const ladder = (signal: NodeJS.Signals, exitCode: number) =>
    host.onSignal(signal, () => {
      if (stopping) {
        actions.abandon();
        host.exit(exitCode);
        return;
      }
      stopping = true;
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
