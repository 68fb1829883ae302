import type { Clock } from '../../contract/clock.ts';
import type { Logger } from '../../contract/log.ts';
import type { Change, Store } from '../../contract/store.ts';

export interface DoneKeysOptions {
  /** The transformer's type, for the warning. */
  readonly name: string;
  readonly windowMs: number;
  readonly maxKeys: number;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Keys whose events are done, with the time (milliseconds since 1970), in that order: those whose window has ended
 * stand at the front. What changes is collected and becomes durable with `flush`, which the engine calls before it
 * moves the position: persisted any earlier, a crash would lose the event.
 */
export class DoneKeys {
  private readonly options: DoneKeysOptions;
  private readonly doneAt: Map<string, number>;
  private changes = new Map<string, Change>();
  private warned = false;

  constructor(options: DoneKeysOptions) {
    this.options = options;
    const stored = [...options.store.keys('')].map((key) => [key, Number(options.store.get(key))] as const);
    this.doneAt = new Map(stored.sort(([, a], [, b]) => a - b));
  }

  has(key: string): boolean {
    this.forgetOld();
    return this.doneAt.has(key);
  }

  add(key: string): void {
    const now = this.options.clock.now();
    this.doneAt.delete(key);
    this.doneAt.set(key, now);
    this.changes.set(key, { key, value: now });
    if (this.doneAt.size > this.options.maxKeys) this.forgetOldest();
  }

  /** Throws what the store throws; what was not written is written next time. */
  async flush(): Promise<void> {
    if (this.changes.size === 0) return;
    const writing = this.changes;
    this.changes = new Map();
    try {
      await this.options.store.write([...writing.values()]);
    } catch (error) {
      this.changes = new Map([...writing, ...this.changes]);
      throw error;
    }
  }

  private forgetOld(): void {
    const end = this.options.clock.now() - this.options.windowMs;
    for (const [key, time] of this.doneAt) {
      if (time > end) return;
      this.forget(key);
    }
  }

  private forgetOldest(): void {
    this.forgetOld();
    for (const key of this.doneAt.keys()) {
      if (this.doneAt.size <= this.options.maxKeys) return;
      this.forget(key);
      if (!this.warned) {
        this.warned = true;
        const { name, maxKeys } = this.options;
        this.options.log.warn(
          `${name} forgets keys before their window has ended: more than max_keys (${maxKeys}) came in it. Repeats of forgotten keys pass. Raise max_keys or shorten the window.`,
          { max_keys: maxKeys },
        );
      }
    }
  }

  private forget(key: string): void {
    this.doneAt.delete(key);
    this.changes.set(key, { key, value: undefined });
  }
}
