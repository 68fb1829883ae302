import type { Clock } from '../../contract/clock.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Logger } from '../../contract/log.ts';
import { OutputTail } from '../../support/output-tail.ts';
import { exitText, type Program, type RunningProgram, startProgram } from '../../support/process.ts';
import { redact } from '../../support/redact.ts';
import { LineReader } from './line-reader.ts';
import { type Answer, parseAnswer, refused, stray } from './worker-answer.ts';

export interface Question {
  readonly id: string;
  /** One line of JSON, without its newline. */
  readonly line: string;
}

/** What became of a question. `lost`: the worker ended, and this event is not the one to blame. */
export type Reply = 'done' | 'lost' | { readonly failed: unknown };

interface Open {
  readonly id: string;
  readonly settle: (reply: Reply) => void;
}

export interface WorkerOptions extends Program {
  readonly maxLineBytes: number;
  readonly log: Logger;
  readonly clock: Clock;
}

const STDERR_BYTES = 2_000;
const GRACE_MS = 2_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * One long-lived process that is asked line by line. It is started by the first question, and anew by the first
 * one after it has ended, with a pause that grows while it ends without an answer.
 *
 * When it ends, every open question gets its reply: the oldest one failed, since a worker that answers in order was
 * at work on it, and the others are `lost`. When a question's signal aborts, the process is ended, and of the
 * questions that were asked with it the oldest one failed. An acknowledgement is never made up: a line that is none
 * ends the process.
 */
export class Worker {
  private readonly options: WorkerOptions;
  /** In the order in which they were asked. */
  private readonly open = new Set<Open>();
  private starting: Promise<RunningProgram> | undefined = undefined;
  private program: RunningProgram | undefined = undefined;
  private endsWithoutAnswer = 0;
  /** Settles once the last process has ended and its questions have their replies. */
  private gone: Promise<void> = Promise.resolve();
  /** Why we end the process; undefined = it ended by itself. */
  private ending: string | undefined = undefined;
  /** True: the question that is to blame was taken out already. */
  private blamed = false;
  private readonly closing = new AbortController();
  /** Questions that were lost so far. */
  lost = 0;

  constructor(options: WorkerOptions) {
    this.options = options;
  }

  /** Replies in the order of the questions. Throws EvrunError where the program cannot be started. */
  async ask(questions: readonly Question[], signal: AbortSignal): Promise<readonly Reply[]> {
    while (this.program === undefined) await this.started(signal);
    const { program } = this;
    signal.throwIfAborted();
    const mine: Open[] = [];
    const replies = questions.map(
      ({ id }) =>
        new Promise<Reply>((settle) => {
          const question = { id, settle };
          mine.push(question);
          this.open.add(question);
        }),
    );
    const abort = () => void this.giveUp(program, mine, signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    program.stdin.write(questions.map(({ line }) => `${line}\n`).join(''));
    try {
      return await Promise.all(replies);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Lets it finish what it has (end of input), then makes it end. */
  async close(): Promise<void> {
    this.closing.abort();
    const program = this.program ?? (await this.starting?.catch(() => undefined));
    program?.stdin.end();
    const timer = setTimeout(() => void program?.stop(GRACE_MS), GRACE_MS);
    await this.gone;
    clearTimeout(timer);
  }

  /** Whoever gives up waiting does not end the start: the next one needs it. */
  private started(signal: AbortSignal): Promise<RunningProgram> {
    this.starting ??= this.gone
      .then(() => this.start())
      .catch((error: unknown) => {
        this.starting = undefined;
        throw error;
      });
    const aborted = new Promise<never>((_, reject) => {
      if (signal.aborted) reject(signal.reason);
      else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return Promise.race([this.starting, aborted]);
  }

  private async start(): Promise<RunningProgram> {
    const { argv, log, clock, maxLineBytes } = this.options;
    const { signal } = this.closing;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (this.endsWithoutAnswer - 1), LONGEST_PAUSE_MS);
    if (this.endsWithoutAnswer > 0) await clock.sleep(pause, signal);
    if (signal.aborted) throw new EvrunError('EVR_ACTION', 'the action is closed', { retry: 'later' });
    const program = await startProgram(this.options);
    this.program = program;
    this.ending = undefined;
    this.blamed = false;
    log.debug(`started the worker ${argv[0]}`, { pid: program.pid });
    const complaint = new OutputTail(STDERR_BYTES);
    const complaints = new LineReader(STDERR_BYTES, (line) =>
      log.info(`worker: ${line}`, { pid: program.pid }),
    );
    program.stderr.on('data', (chunk: Buffer) => {
      complaint.add(chunk);
      complaints.add(chunk);
    });
    const answers = new LineReader(maxLineBytes, (line, tooLong) => this.hear(line, tooLong, program));
    program.stdout.on('data', (chunk: Buffer) => answers.add(chunk));
    this.gone = program.ended.then((exit) => {
      const why = this.ending ?? `ended with ${exitText(exit)}`;
      const said = complaint.text();
      this.over(program, redact(`the worker ${argv[0]} ${why}${said === '' ? '' : `. It said: ${said}`}`));
    });
    return program;
  }

  private hear(line: string, tooLong: boolean, program: RunningProgram): void {
    if (line === '' || this.ending !== undefined) return;
    const answer = tooLong ? undefined : parseAnswer(line);
    const question = answer === undefined ? undefined : this.questionOf(answer);
    if (answer === undefined || question === undefined) {
      void this.end(program, stray(line, answer !== undefined));
      return;
    }
    this.endsWithoutAnswer = 0;
    this.open.delete(question);
    question.settle(answer.error === undefined ? 'done' : { failed: refused(answer.error, answer.retry) });
  }

  private questionOf({ id }: Answer): Open | undefined {
    for (const question of this.open) if (id === undefined || question.id === id) return question;
    return undefined;
  }

  private async giveUp(program: RunningProgram, mine: readonly Open[], reason: unknown): Promise<void> {
    const blamed = mine.find((question) => this.open.has(question));
    if (blamed === undefined) return;
    this.open.delete(blamed);
    this.blamed = true;
    await this.end(program, 'was ended because an event took too long');
    blamed.settle({ failed: reason });
  }

  /** Ends the process. Who asks from now on waits until it is gone, so that no event is in two processes. */
  private async end(program: RunningProgram, why: string): Promise<void> {
    this.ending ??= why;
    this.forget(program);
    await program.stop(GRACE_MS);
    await this.gone;
  }

  private forget(program: RunningProgram): void {
    if (this.program !== program) return;
    this.program = undefined;
    this.starting = undefined;
  }

  /** The process has ended. */
  private over(program: RunningProgram, why: string): void {
    this.forget(program);
    this.endsWithoutAnswer += 1;
    const [oldest] = this.open;
    if (oldest === undefined && !this.blamed && !this.closing.signal.aborted) {
      this.options.log.warn(`${why}. It is started again when an event comes`);
    }
    if (oldest !== undefined && !this.blamed) {
      this.open.delete(oldest);
      const message = `${why}, before it answered for this event`;
      oldest.settle({ failed: new EvrunError('EVR_ACTION', message, { retry: 'later' }) });
    }
    this.lost += this.open.size;
    for (const { settle } of this.open) settle('lost');
    this.open.clear();
  }
}
