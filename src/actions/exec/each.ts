import type { Action, Attempt } from '../../contract/action.ts';
import type { PartContext } from '../../contract/context.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import { eventLine } from '../../support/events/event-line.ts';
import { compileTemplate } from '../../support/expressions/template.ts';
import { redact } from '../../support/logging/redact.ts';
import { OutputTail } from '../../support/programs/output-tail.ts';
import { type Exit, exitText, type RunningProgram, startProgram } from '../../support/programs/process.ts';
import { shellWord } from '../../support/programs/shell-word.ts';
import { stdout } from '../../support/programs/stdout.ts';
import { eventEnv } from './event-env.ts';
import { OutputHead } from './output-head.ts';
import { assertProgram, programEnv } from './program.ts';
import type { ExecConfig } from './schema.ts';

/** Between SIGTERM and SIGKILL. The engine waits 5 s for an aborted attempt to settle. */
const GRACE_MS = 2_000;
const STDERR_BYTES = 2_000;
/** sysexits.h: EX_TEMPFAIL. Retried even if somebody lists it as permanent. */
const TRY_AGAIN = 75;

/** Runs the program once per event. */
export function eachAction(config: ExecConfig, ctx: PartContext): Action {
  const env = programEnv(config, ctx);
  const argvOf = config.command.map((text) => compileTemplate(text));
  const lineOf = eventLine(config.format);
  const running = new Set<RunningProgram>();

  async function act(event: Event, attempt: Attempt): Promise<void> {
    const line = lineOf(event);
    const argv = argvOf.map((textOf) => textOf(event));
    const own = await eventEnv(event, attempt, line);
    try {
      await run(argv, { ...env, ...own.variables }, line, attempt.signal);
    } finally {
      await own.remove();
    }
  }

  async function run(argv: readonly string[], vars: NodeJS.ProcessEnv, line: string, signal: AbortSignal) {
    signal.throwIfAborted();
    const program = await startProgram({ argv, cwd: config.cwd, env: vars });
    running.add(program);
    const stop = () => void program.stop(GRACE_MS);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const printed = new OutputHead(config.stdout === 'show' ? config.max_output_bytes : 0);
    const complaint = new OutputTail(STDERR_BYTES);
    program.stdout.on('data', (chunk: Buffer) => printed.add(chunk));
    program.stderr.on('data', (chunk: Buffer) => complaint.add(chunk));
    program.stdin.end(`${line}\n`);
    const exit = await program.ended;
    signal.removeEventListener('abort', stop);
    running.delete(program);
    if (printed.bytes > 0) await stdout().write(printed.text());
    signal.throwIfAborted();
    if (exit.code !== 0)
      throw failure(argv[0] as string, exit, complaint.text(), config.permanent_exit_codes);
  }

  return {
    async open() {
      assertProgram(config, ctx);
    },
    act,
    preview: (event) => redact(argvOf.map((textOf) => shellWord(textOf(event))).join(' ')),
    async close() {
      await Promise.all([...running].map((program) => program.stop(GRACE_MS)));
    },
  };
}

/** Why a program that ended otherwise than with 0 failed, and whether to try again. */
export function failure(
  file: string,
  exit: Exit,
  complaint: string,
  permanent: readonly number[],
): EvrunError {
  const isPermanent = exit.code !== null && exit.code !== TRY_AGAIN && permanent.includes(exit.code);
  const said = complaint === '' ? '' : `. It said: ${complaint}`;
  return new EvrunError('EVR_ACTION', redact(`${file} ended with ${exitText(exit)}${said}`), {
    retry: isPermanent ? 'never' : 'later',
  });
}
