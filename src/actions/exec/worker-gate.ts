/**
 * Lets several batches use the worker at once, or one event by itself. First come, first served, so that neither
 * kind starves the other. A waiter whose signal aborts leaves the queue.
 */
export class Gate {
  private inside = 0;
  private alone = false;
  private readonly queue: { readonly alone: boolean; readonly enter: () => void }[] = [];

  /** Resolves once inside; call what it returns to leave. Rejects with the signal's reason. */
  enter(alone: boolean, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const give_up = () => {
        this.queue.splice(this.queue.indexOf(waiter), 1);
        reject(signal.reason);
        this.admit();
      };
      const waiter = {
        alone,
        enter: () => {
          signal.removeEventListener('abort', give_up);
          resolve(() => this.leave());
        },
      };
      signal.addEventListener('abort', give_up, { once: true });
      this.queue.push(waiter);
      this.admit();
    });
  }

  private leave(): void {
    this.inside -= 1;
    this.alone = false;
    this.admit();
  }

  private admit(): void {
    for (let next = this.queue[0]; next !== undefined; next = this.queue[0]) {
      if (this.alone || (next.alone && this.inside > 0)) return;
      this.queue.shift();
      this.inside += 1;
      this.alone = next.alone;
      next.enter();
    }
  }
}
