import { EvrunError, messageOf } from '../../contract/errors.ts';
import { aboutBracket } from './glob.ts';

/** The code of a failed call to the operating system: `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** Why a file cannot be read and what a person can do about it; anything but a failed call stays as it is. */
export function fileError(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof EvrunError || code === undefined) return error;
  const fail = (sentence: string, retry: 'never' | 'later' = 'never') =>
    new EvrunError('EVR_SOURCE', sentence, { cause: error, retry });
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return fail(
      `${path}${aboutBracket(path)} does not exist (working directory: ${process.cwd()}). To wait for it, set \`follow: true\``,
    );
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return fail(`${path} may not be read by this user: allow it with chmod or run as its owner`);
  }
  if (code === 'EMFILE' || code === 'ENFILE') {
    return fail(
      `too many files are open to read ${path}: raise the limit (ulimit -n) or match fewer`,
      'later',
    );
  }
  if (code.startsWith('Z_')) {
    const advice = 'Every line up to there is done. Copy it again or take it away, and start again';
    return fail(`${path} is not whole as a gzip file: ${messageOf(error)}. ${advice}`);
  }
  return fail(`${path} cannot be read: ${messageOf(error)}`, 'later');
}
