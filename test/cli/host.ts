import type { Host } from '../../src/cli/host.ts';

/** A process that a test can look into: what was written, and the signals it is given. */
export class TestHost implements Host {
  env: NodeJS.ProcessEnv = {};
  outText = '';
  errText = '';
  outIsTerminal = false;
  errIsTerminal = false;
  inIsTerminal = false;
  color = false;
  columns = 80;
  rows = 24;
  hasHungUp = false;
  exits: number[] = [];
  answers: string[] = [];
  readonly #signals = new Map<string, Set<() => void>>();
  readonly #uncaught: ((error: unknown) => void)[] = [];
  readonly #closed = new Set<() => void>();
  readonly #printing = new Set<(endsLine: boolean) => void>();

  out(text: string): void {
    this.outText += text;
  }
  err(text: string): void {
    this.errText += text;
  }
  errNow(text: string): void {
    this.errText += text;
  }
  beforePrint(listener: (endsLine: boolean) => void): () => void {
    this.#printing.add(listener);
    return () => this.#printing.delete(listener);
  }
  async ask(question: string): Promise<string | undefined> {
    this.errText += question;
    return this.answers.shift();
  }
  size() {
    return { columns: this.columns, rows: this.rows };
  }
  hungUp(): boolean {
    return this.hasHungUp;
  }
  onSignal(signal: NodeJS.Signals, listener: () => void): () => void {
    const listeners = this.#signals.get(signal) ?? new Set();
    this.#signals.set(signal, listeners.add(listener));
    return () => listeners.delete(listener);
  }
  onOutputClosed(listener: () => void): () => void {
    this.#closed.add(listener);
    return () => this.#closed.delete(listener);
  }
  onUncaught(listener: (error: unknown) => void): () => void {
    this.#uncaught.push(listener);
    return () => this.#uncaught.splice(this.#uncaught.indexOf(listener), 1);
  }
  exit(code: number): void {
    this.exits.push(code);
  }

  signal(name: NodeJS.Signals): void {
    for (const listener of this.#signals.get(name) ?? []) listener();
  }
  listeners(name: NodeJS.Signals): number {
    return this.#signals.get(name)?.size ?? 0;
  }
  /** Nobody catches this. */
  fail(error: unknown): void {
    this.#uncaught.at(-1)?.(error);
  }
  closeOutput(): void {
    for (const listener of this.#closed) listener();
  }
  /** Somebody else prints to the terminal. */
  print(text: string): void {
    for (const listener of this.#printing) listener(text.endsWith('\n'));
    this.errText += text;
  }
}
