import { EvrunError } from '../../contract/errors.ts';

/** How long something may go on: until a time is over, or until nobody waits for it any more. */
export interface Until {
  readonly over: boolean;
  /** Gives what `promise` gives, or rejects once it is over: with the signal's reason, or with `late()`. */
  race<T>(promise: Promise<T>, late: () => EvrunError): Promise<T>;
  sleep(ms: number): Promise<void>;
  /** Call once it is not needed any more. */
  end(): void;
}

export function until(signal: AbortSignal, ms: number): Until {
  let over = signal.aborted;
  let stop: () => void = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = () => {
      over = true;
      resolve();
    };
  });
  if (over) stop();
  const timer = setTimeout(stop, ms);
  signal.addEventListener('abort', stop, { once: true });
  return {
    get over() {
      return over;
    },
    race(promise, late) {
      return new Promise((resolve, reject) => {
        promise.then(resolve, reject);
        void stopped.then(() => reject(signal.aborted ? reasonOf(signal) : late()));
      });
    },
    async sleep(waitMs) {
      let wake: NodeJS.Timeout | undefined;
      const slept = new Promise<void>((resolve) => {
        wake = setTimeout(resolve, waitMs);
      });
      await Promise.race([slept, stopped]);
      clearTimeout(wake);
    },
    end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    },
  };
}

function reasonOf({ reason }: AbortSignal): EvrunError {
  if (reason instanceof EvrunError) return reason;
  return new EvrunError('EVR_TIMEOUT', 'nobody waited any longer for it to be written', {
    retry: 'later',
    cause: reason,
  });
}
