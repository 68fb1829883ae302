import type { Clock } from '../../contract/clock.ts';
import { EvrunError } from '../../contract/errors.ts';
import { AwsError, isGone } from '../../support/aws/errors.ts';

/** A queue that is made anew under its name cannot be used for a minute, says AWS. */
const GONE_MS = 90_000;

/**
 * A queue that was there and is gone may have been made anew, which takes a minute: that long it counts as an
 * outage. A queue that was never there is a mistake in the recipe.
 */
export class Patience {
  private readonly clock: Clock;
  private worked = false;
  private goneSince: number | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The queue has shown that it is there. */
  met(): void {
    this.worked = true;
  }

  async with<T>(operation: () => Promise<T>): Promise<T> {
    try {
      const result = await operation();
      this.worked = true;
      this.goneSince = undefined;
      return result;
    } catch (error) {
      if (!(error instanceof AwsError) || !isGone(error) || !this.worked) throw error;
      const now = this.clock.monotonic();
      this.goneSince ??= now;
      if (now - this.goneSince >= GONE_MS) throw error;
      throw new EvrunError(error.code, error.message, { retry: 'later', cause: error });
    }
  }
}
