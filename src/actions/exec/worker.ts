import type { Clock } from '../../contract/clock.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Logger } from '../../contract/log.ts';
import { redact } from '../../support/logging/redact.ts';
import { OutputTail } from '../../support/programs/output-tail.ts';
import { exitText, type Program, type RunningProgram, startProgram } from '../../support/programs/process.ts';
import { LineReader } from './line-reader.ts';
import { type Answer, parseAnswer, refused, stray } from './worker-answer.ts';
import { Chunk, type Question, type Reply } from './worker-chunk.ts';

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
  private readonly open: Chunk[] = [];
  private starting: Promise<RunningProgram> | undefined = undefined;
  private program: RunningProgram | undefined = undefined;
  private endsWithoutAnswer = 0;
  /** Settles once the last process has ended and its questions have their replies. */
  private gone: Promise<void> = Promise.resolve();
  /** Why we end the process; undefined = it ended by itself. */
  private ending: string | undefined = undefined;
  /** Who gave up waiting, and why; undefined = nobody did. */
  private blamed: { readonly chunk: Chunk; readonly reason: unknown } | undefined = undefined;
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
    let abort = () => {};
    const replies = new Promise<readonly Reply[]>((complete) => {
      const chunk = new Chunk(questions, complete);
      abort = () => void this.giveUp(program, chunk, signal.reason);
      this.open.push(chunk);
    });
    signal.addEventListener('abort', abort, { once: true });
    let text = '';
    for (const { line } of questions) text += `${line}\n`;
    program.stdin.write(text);
    try {
      return await replies;
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
    this.blamed = undefined;
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
    if (answer === undefined || !this.settle(answer.id, replyOf(answer))) {
      void this.end(program, stray(line, answer !== undefined));
      return;
    }
    this.endsWithoutAnswer = 0;
  }

  /** False where no open question fits. */
  private settle(id: string | undefined, reply: Reply): boolean {
    for (let i = 0; i < this.open.length; i += 1) {
      const chunk = this.open[i] as Chunk;
      if (!chunk.reply(id, reply)) continue;
      if (chunk.left === 0) this.open.splice(i, 1);
      return true;
    }
    return false;
  }

  private async giveUp(program: RunningProgram, chunk: Chunk, reason: unknown): Promise<void> {
    if (chunk.left === 0) return;
    this.blamed ??= { chunk, reason };
    await this.end(program, 'was ended because an event took too long');
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
    const open = this.open.splice(0);
    if (open.length === 0 && !this.closing.signal.aborted) {
      this.options.log.warn(`${why}. It is started again when an event comes`);
    }
    const { chunk, reason } = this.blamed ?? { chunk: open[0], reason: died(why) };
    chunk?.reply(undefined, { failed: reason });
    for (const one of open) {
      this.lost += one.left;
      while (one.left > 0) one.reply(undefined, 'lost');
    }
  }
}

function replyOf({ error, retry }: Answer): Reply {
  return error === undefined ? 'done' : { failed: refused(error, retry) };
}

function died(why: string): EvrunError {
  return new EvrunError('EVR_ACTION', `${why}, before it answered for this event`, { retry: 'later' });
}
