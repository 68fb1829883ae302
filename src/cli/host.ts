import { stderrOutput } from '../support/logging/log-stderr.ts';

/** The process around a command, as far as commands touch it. Tests put their own in its place. */
export interface Host {
  readonly env: NodeJS.ProcessEnv;
  /** To stdout. A reader that is gone is reported to `onOutputClosed`, never thrown. */
  out(text: string): void;
  /** To stderr. Never throws. */
  err(text: string): void;
  /** The same, written before it returns. */
  errNow(text: string): void;
  /**
   * The listener hears of everything that others (actions, modules of the user's) are about to print to a terminal
   * through process.stdout and process.stderr. The returned function ends that.
   */
  beforePrint(listener: (endsLine: boolean) => void): () => void;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly inIsTerminal: boolean;
  /** A line from stdin; the question goes to stderr. Undefined: the input has ended. */
  ask(question: string): Promise<string | undefined>;
  /** Whether stderr takes colors. */
  readonly color: boolean;
  /** Size of the terminal behind stderr. */
  size(): { readonly columns: number; readonly rows: number };
  /** True once the terminal that stderr was is gone (its window was closed). */
  hungUp(): boolean;
  /** The returned function takes the listener away again. */
  onSignal(signal: NodeJS.Signals, listener: () => void): () => void;
  onOutputClosed(listener: () => void): () => void;
  /** Errors and rejections that nobody caught. Of several listeners only the last one hears of them. */
  onUncaught(listener: (error: unknown) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

export function processHost(isTerminal: (fd: number) => boolean, exit: (code: number) => void): Host {
  const { env, stdout, stderr } = process;
  const errIsTerminal = isTerminal(2);
  const closedListeners = new Set<() => void>();
  const uncaughtListeners: ((error: unknown) => void)[] = [];
  const errors = stderrOutput();
  process.once('exit', () => errors.flush());
  stdout.on('error', () => {
    for (const listener of closedListeners) listener();
  });
  stderr.on('error', () => {});
  process.on('uncaughtException', (error: unknown) => uncaughtListeners.at(-1)?.(error));
  return {
    env,
    out: (text) => void stdout.write(text),
    err: (text) => errors.write(text),
    errNow: (text) => {
      errors.write(text);
      errors.flush();
    },
    beforePrint: (listener) => {
      const undo = [stdout, stderr]
        .filter((stream) => stream.isTTY)
        .map((stream) => intercept(stream, listener));
      return () => {
        for (const each of undo) each();
      };
    },
    outIsTerminal: isTerminal(1),
    errIsTerminal,
    inIsTerminal: isTerminal(0),
    ask: askAtTerminal,
    color: errIsTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    size: () => ({ columns: stderr.columns || 80, rows: stderr.rows || 24 }),
    hungUp: () => errIsTerminal && !isTerminal(2),
    onSignal: (signal, listener) => {
      process.on(signal, listener);
      return () => process.off(signal, listener);
    },
    onOutputClosed: (listener) => {
      closedListeners.add(listener);
      return () => closedListeners.delete(listener);
    },
    onUncaught: (listener) => {
      uncaughtListeners.push(listener);
      return () => uncaughtListeners.splice(uncaughtListeners.indexOf(listener), 1);
    },
    exit,
  };
}

function intercept(stream: NodeJS.WriteStream, listener: (endsLine: boolean) => void): () => void {
  const write = stream.write;
  stream.write = (...args: unknown[]) => {
    const chunk = args[0];
    const last = typeof chunk === 'string' ? chunk.at(-1) : (chunk as Uint8Array).at(-1);
    listener(last === '\n' || last === 10);
    return Reflect.apply(write, stream, args) as boolean;
  };
  return () => {
    stream.write = write;
  };
}

async function askAtTerminal(question: string): Promise<string | undefined> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    lines.once('close', () => resolve(undefined));
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}
