import type { PubSubDelivery } from './message.ts';

/** A batch for the engine: what is left of a pull is not held up by what goes first. */
const PORTION = 500;

/** What was pulled and waits to be handed over, and whoever waits for it: one reader. */
export class Inbox {
  private waiting: PubSubDelivery[] = [];
  private failure: { readonly error: unknown } | undefined;
  private wake: () => void = () => {};

  get empty(): boolean {
    return this.waiting.length === 0;
  }

  get failed(): boolean {
    return this.failure !== undefined;
  }

  put(deliveries: readonly PubSubDelivery[]): void {
    for (const delivery of deliveries) this.waiting.push(delivery);
    this.wake();
  }

  /** Nothing more can come. The first reason counts. */
  fail(error: unknown): void {
    this.failure ??= { error };
    this.wake();
  }

  /** Throws what `fail` was told. */
  check(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }

  /** Lets the reader look again, though nothing came. */
  nudge(): void {
    this.wake();
  }

  take(): readonly PubSubDelivery[] {
    return this.waiting.splice(0, PORTION);
  }

  clear(): void {
    this.waiting = [];
  }

  /** Resolves when a message came, something failed, `nudge` was called, `signal` aborted, or `ms` are over. */
  somethingOr(ms: number | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => this.wake(), ms);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = () => {};
        resolve();
      };
      if (signal.aborted || this.failed || !this.empty) this.wake();
    });
  }
}
