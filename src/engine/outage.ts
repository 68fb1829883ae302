import type { Clock } from '../contract/clock.ts';
import { EvrunError, messageOf, withFullStop } from '../contract/errors.ts';
import type { Logger } from '../contract/log.ts';

const FIRST_WAIT_MS = 500;
/** Short enough that the end of an outage is seen soon. A server that wants more says so (Retry-After). */
const LONGEST_WAIT_MS = 5_000;
const SAY_EVERY_MS = 60_000;
/** Before anything was ever reached, a wrong address is more likely than an outage. */
const GIVE_UP_AT_START_MS = 60_000;

export interface OutageOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Undefined: once connected, waits without limit. Holds at the start too where it is shorter than 60 s. */
  readonly maxOutageMs: number | undefined;
}

interface Down {
  readonly since: number;
  failures: number;
  saidAt: number;
}

/**
 * Waits out what may pass: a network that is down, a server that answers 503. One outage is one warning at
 * once, then one line a minute with a count, and one when it is over. What cannot pass is thrown as it is.
 */
export class Outage {
  private readonly options: OutageOptions;
  private readonly down = new Map<string, Down>();
  private readonly reported = new Set<string>();
  private connected = false;

  constructor(options: OutageOptions) {
    this.options = options;
  }

  /** Why the pipeline is not ready; undefined = the outside world answers. */
  get reason(): string | undefined {
    for (const [what, { failures }] of this.down) {
      return `cannot ${what} (${attempts(failures)} failed)`;
    }
    for (const what of this.reported) return what;
    return undefined;
  }

  /** For actions, whose retries are counted per event: `/readyz` tells what they met. */
  readonly report = {
    unreachable: (what: string): void => {
      this.reported.clear();
      this.reported.add(what);
    },
    reachable: (): void => {
      if (this.reported.size > 0) this.reported.clear();
    },
  };

  /** The source answered: from now on an outage is waited out. */
  connect(): void {
    this.connected = true;
  }

  /** See SourceContext.reach. Throws `StoppedError` when the pipeline stops meanwhile. */
  async reach<T>(what: string, operation: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, clock } = this.options;
    for (;;) {
      try {
        const result = await operation(signal);
        this.over(what);
        return result;
      } catch (error) {
        if (signal.aborted) throw new StoppedError();
        if (!(error instanceof EvrunError) || error.retry !== 'later') throw error;
        const waitMs = this.failed(what, error);
        await clock.sleep(waitMs, signal);
        if (signal.aborted) throw new StoppedError();
      }
    }
  }

  private failed(what: string, error: EvrunError): number {
    const { clock, log, maxOutageMs } = this.options;
    const now = clock.monotonic();
    let down = this.down.get(what);
    if (down === undefined) {
      down = { since: now, failures: 0, saidAt: now };
      this.down.set(what, down);
    }
    down.failures += 1;
    const lastedMs = now - down.since;
    const limitMs = this.connected ? maxOutageMs : Math.min(maxOutageMs ?? Infinity, GIVE_UP_AT_START_MS);
    if (limitMs !== undefined && lastedMs >= limitMs) {
      throw new EvrunError(
        'EVR_UNREACHABLE',
        `cannot ${what}: gave up after ${Math.round(lastedMs / 1000)} s and ${attempts(down.failures)}. Last: ${messageOf(error)}`,
        { cause: error },
      );
    }
    if (down.failures === 1)
      log.warn(`${withFullStop(sentenceOf(what, error))} Trying again ${howLong(limitMs)}`);
    else if (now - down.saidAt >= SAY_EVERY_MS) {
      down.saidAt = now;
      log.warn(`still: ${sentenceOf(what, error)}`, {
        attempts: down.failures,
        seconds: Math.round(lastedMs / 1000),
      });
    }
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** Math.min(down.failures - 1, 16), LONGEST_WAIT_MS);
    const jittered = waitMs * (0.5 + Math.random() / 2);
    const untilLimitMs = limitMs === undefined ? Number.POSITIVE_INFINITY : limitMs - lastedMs;
    return Math.min(Math.max(jittered, error.retryAfterMs ?? 0), Math.max(untilLimitMs, 10));
  }

  private over(what: string): void {
    const down = this.down.get(what);
    if (down === undefined) return;
    this.down.delete(what);
    const seconds = Math.round((this.options.clock.monotonic() - down.since) / 1000);
    this.options.log.info(`can ${what} again`, { seconds, failedAttempts: down.failures });
  }
}

/** The pipeline stopped while something waited. Never shown: whoever asked for the stop knows. */
export class StoppedError extends Error {
  constructor() {
    super('the pipeline is stopping');
    this.name = 'StoppedError';
  }
}

function attempts(count: number): string {
  return count === 1 ? '1 attempt' : `${count} attempts`;
}

function howLong(limitMs: number | undefined): string {
  return limitMs === undefined ? 'until it works' : `for ${Math.round(limitMs / 100) / 10} s`;
}

/** What failed and why; an error may say both itself. */
function sentenceOf(what: string, error: EvrunError): string {
  const failed = `cannot ${what}`;
  return error.message.includes(failed) ? error.message : `${failed}: ${error.message}`;
}
