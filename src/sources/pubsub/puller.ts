import { EvrunError, withFullStop } from '../../contract/errors.ts';
import type { SourceContext } from '../../contract/source.ts';
import type { PulledMessage } from './message.ts';
import { PROBE_COUNT, PullSize } from './pull-size.ts';
import type { Subscription } from './subscription.ts';

export interface PullerOptions {
  readonly receivers: number;
  /** Messages that are pulled, or asked for, ahead of the work, at most. */
  readonly prefetch: number;
}

/** Pub/Sub answers with fewer messages than were asked for, also when it has many: the emulator with 100. */
const PLENTY = 50;
/** Until caught up: between two answers that there is nothing. */
const PAUSE_MS = 200;
/** At a stop: a pull that is being answered, as it is where there is plenty, may end. So long at most, */
const LAST_ANSWER_MS = 1_000;
/** and so many times as long as such answers took: a pull without one by then waits for messages. */
const PATIENCE = 3;
const LEAST_PATIENCE_MS = 50;
/** All that waits to be handed over. */
const WAITING_BYTES = 16 * 1024 * 1024;

/**
 * Keeps pulls under way while there is room for what they bring: several while they bring plenty, one when there
 * is little to do. An idle pull waits at the server until a message comes; it is aborted at a stop, and what the
 * server had just put into it stays hidden until its deadline. So there should be few of them.
 */
export class Puller {
  private readonly subscription: Subscription;
  private readonly ctx: SourceContext;
  private readonly options: PullerOptions;
  private readonly arrived: (messages: readonly PulledMessage[]) => void;
  private readonly failed: (error: unknown) => void;
  private readonly closing = new AbortController();
  private stopping = false;
  /** Resolves when no pull is under way any more. */
  stopped: Promise<unknown> = Promise.resolve();
  private asked = 0;
  private waiting = 0;
  private waitingBytes = 0;
  private readonly size = new PullSize();
  /** How many receivers pull; the others rest. */
  private active = 1;
  /** The slowest of the last answers that brought plenty; slow ones are forgotten little by little. */
  private answerMs = 0;
  private wake: (() => void)[] = [];
  /** Pulls that wait at the server. */
  underWay = 0;

  constructor(
    parts: {
      readonly subscription: Subscription;
      readonly ctx: SourceContext;
      readonly options: PullerOptions;
    },
    arrived: (messages: readonly PulledMessage[]) => void,
    failed: (error: unknown) => void,
  ) {
    this.subscription = parts.subscription;
    this.ctx = parts.ctx;
    this.options = parts.options;
    this.arrived = arrived;
    this.failed = failed;
  }

  start(): void {
    const receivers = Array.from({ length: this.options.receivers }, (_, i) =>
      this.receive(i).catch((error: unknown) => {
        if (!this.stopping) this.failed(error);
      }),
    );
    this.stopped = Promise.all(receivers);
  }

  /** Messages were handed over: there may be room for more. */
  took(count: number, bytes: number): void {
    this.waiting -= count;
    this.waitingBytes -= bytes;
    const sleepers = this.wake;
    this.wake = [];
    for (const wake of sleepers) wake();
  }

  /** Asks once without waiting, though pulls that wait may have asked for all that there is room for. Resolves to
   *  false where there was nothing. */
  async probe(): Promise<boolean> {
    const messages = await this.pull(Math.max(1, Math.min(this.room, PROBE_COUNT)), false);
    return messages.length > 0;
  }

  /** Nothing is asked for: no message is on its way. */
  get resting(): boolean {
    return this.asked === 0;
  }

  /** See `stopped`. Idle pulls are aborted; those that bring plenty are answered soon. */
  stop(): void {
    if (this.stopping) return;
    this.stopping = true;
    if (this.active > 1) {
      const patience = Math.max(LEAST_PATIENCE_MS, PATIENCE * this.answerMs);
      const timer = setTimeout(() => this.closing.abort(), Math.min(patience, LAST_ANSWER_MS));
      this.stopped.then(() => clearTimeout(timer));
    } else this.closing.abort();
    this.took(0, 0);
  }

  private async receive(index: number): Promise<void> {
    while (!this.stopping) {
      const count = Math.min(this.size.count, this.share, this.room);
      if (index >= this.active || count < 1 || this.waitingBytes >= WAITING_BYTES) await this.roomier();
      else await this.receiveOnce(count);
    }
  }

  /** Until caught up nothing waits at the server: what such a pull holds nobody could tell. */
  private async receiveOnce(count: number): Promise<void> {
    const { ctx, closing } = this;
    const askedAt = ctx.clock.monotonic();
    const messages = await this.pull(count, !ctx.untilCaughtUp);
    const plenty = messages.length >= Math.min(PLENTY, count / 2);
    if (plenty) this.answerMs = Math.max(ctx.clock.monotonic() - askedAt, this.answerMs * 0.9);
    this.adapt(plenty);
    if (messages.length === 0 && ctx.untilCaughtUp) await ctx.clock.sleep(PAUSE_MS, closing.signal);
  }

  private adapt(plenty: boolean): void {
    const { active } = this;
    this.active = plenty ? Math.min(active + 1, this.options.receivers) : 1;
    if (this.active > active) this.took(0, 0);
  }

  private async pull(count: number, wait: boolean): Promise<readonly PulledMessage[]> {
    const { closing, ctx, subscription } = this;
    this.asked += count;
    try {
      const messages = await ctx.reach(`pull from ${subscription.name}`, async () => {
        if (wait) this.underWay += 1;
        try {
          return await this.atMost(count, wait);
        } finally {
          if (wait && !closing.signal.aborted) this.underWay -= 1;
        }
      });
      if (messages.length > 0) this.count(messages);
      return messages;
    } finally {
      this.asked -= count;
    }
  }

  /** An answer too large to be taken is asked for in smaller portions. */
  private async atMost(count: number, wait: boolean): Promise<readonly PulledMessage[]> {
    try {
      return await this.subscription.pull(this.size.atMost(count), wait, this.closing.signal);
    } catch (error) {
      // Reading has ended: that is no outage.
      if (this.closing.signal.aborted) return [];
      if (!(error instanceof EvrunError) || error.code !== 'EVR_SOURCE') throw error;
      if (!this.size.tooLarge(count)) throw error;
      const hidden = 'What it held comes again after its deadline';
      throw new EvrunError('EVR_UNREACHABLE', `${withFullStop(error.message)} ${hidden}`, {
        retry: 'later',
        cause: error,
      });
    }
  }

  private count(messages: readonly PulledMessage[]): void {
    this.waiting += messages.length;
    this.waitingBytes += this.size.learn(messages);
    this.arrived(messages);
  }

  /** One pull that asks for all there is room for would leave nothing for the others to ask for. */
  private get share(): number {
    return Math.ceil(this.options.prefetch / this.active);
  }

  private get room(): number {
    return this.options.prefetch - this.waiting - this.asked;
  }

  private roomier(): Promise<void> {
    return new Promise((resolve) => {
      if (this.stopping) resolve();
      else this.wake.push(resolve);
    });
  }
}
