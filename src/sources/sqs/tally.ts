import type { Clock } from '../../contract/clock.ts';
import type { Logger } from '../../contract/log.ts';

const SAY_EVERY_MS = 60_000;

interface Told {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly sentence: string;
  readonly unsaid: number;
}

/** Warnings of which a busy queue could cause hundreds: the first of a kind at once, then one a minute with the sum. */
export class Tally {
  private readonly log: Logger;
  private readonly clock: Clock;
  private readonly kinds = new Map<string, Told>();

  constructor(log: Logger, clock: Clock) {
    this.log = log;
    this.clock = clock;
  }

  add(kind: string, sentence: string, messages: number): void {
    const now = this.clock.monotonic();
    const told = this.kinds.get(kind);
    const unsaid = (told?.unsaid ?? 0) + messages;
    if (told !== undefined && now - told.at < SAY_EVERY_MS) {
      this.kinds.set(kind, { at: told.at, sentence, unsaid });
      return;
    }
    this.kinds.set(kind, { at: now, sentence, unsaid: 0 });
    this.log.warn(sentence, { messages: unsaid });
  }

  /** At the end: what was added since. */
  sayRest(): void {
    for (const { sentence, unsaid } of this.kinds.values()) {
      if (unsaid > 0) this.log.warn(sentence, { messages: unsaid });
    }
    this.kinds.clear();
  }
}
