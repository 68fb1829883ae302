import type { Problem } from '../recipe/index.ts';
import { renderProblem } from '../recipe/index.ts';
import { sentence } from '../recipe/render.ts';
import type { FlushingLogger } from '../support/logging/log.ts';
import { counted } from './numbers.ts';

/** Where a problem of a flag is said to stand: wrong usage, not a wrong recipe. */
const COMMAND_LINE = 'command line';

export function errorsOf(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(({ severity }) => severity === 'error');
}

/** 4, or 2 where only flags are wrong. */
export function exitCodeOf(problems: readonly Problem[]): number {
  return errorsOf(problems).every(({ file }) => file === COMMAND_LINE) ? 2 : 4;
}

/** Every problem with its place and excerpt, for people. */
export function problemsText(problems: readonly Problem[], color: boolean): string {
  return problems.map((problem) => `${renderProblem(problem, color)}\n`).join('');
}

/** Every problem as a log line, for `--log-format json`. */
export function logProblems(problems: readonly Problem[], log: FlushingLogger): void {
  for (const problem of problems) {
    const { severity, file, line, column, path, code } = problem;
    const fields = { code, file, line, column, path };
    if (severity === 'error') log.error(sentence(problem), fields);
    else log.warn(sentence(problem), fields);
  }
}

/** `2 errors, 1 warning` */
export function tally(problems: readonly Problem[]): string {
  const errors = errorsOf(problems).length;
  const warnings = problems.length - errors;
  return [errors > 0 ? counted(errors, 'error') : '', warnings > 0 ? counted(warnings, 'warning') : '']
    .filter((text) => text !== '')
    .join(', ');
}
