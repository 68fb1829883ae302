import { isatty } from 'node:tty';
import { EvrunError, messageOf } from '../contract/errors.ts';
import { redact } from '../support/logging/redact.ts';
import { type Host, processHost } from './host.ts';
import { uncaughtSentence } from './uncaught.ts';
import { version } from './version.ts';

/**
 * Runs one command line and tells the exit code. `exit` is called only where waiting is no longer wanted: after a
 * second signal, and after an error that nobody caught.
 */
export async function main(argv: readonly string[], exit: (code: number) => void): Promise<number> {
  const host = processHost(isatty, exit);
  host.onUncaught((error) => {
    host.err(`evrun: ${redact(uncaughtSentence(error))}\n`);
    exit(1);
  });
  return execute(argv, host);
}

/** `main` with a host of the caller's. Never rejects. */
export async function execute(argv: readonly string[], host: Host): Promise<number> {
  try {
    // The command line library costs more than everything else that answers this.
    if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
      host.out(`${version()}\n`);
      return 0;
    }
    const { runProgram } = await import('./program.ts');
    return await runProgram(argv, host, version());
  } catch (error) {
    const expected = error instanceof EvrunError;
    host.err(`evrun: ${expected ? '' : 'unexpected error: '}${redact(sentenceOf(error))}\n`);
    return expected ? error.exitCode : 1;
  }
}

/** An error of ours is a sentence; of any other the place where it was thrown helps more than its whole stack. */
function sentenceOf(error: unknown): string {
  if (error instanceof EvrunError || !(error instanceof Error)) return messageOf(error);
  const place = /^\s+at (.*)$/m.exec(error.stack ?? '')?.[1];
  return place === undefined ? messageOf(error) : `${messageOf(error)} (${place})`;
}
