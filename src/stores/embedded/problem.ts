import { EvrunError } from '../../contract/errors.ts';
import { fileProblem, fileRemedy } from '../../support/files/fs-errors.ts';
import { FORMAT_VERSION } from './format.ts';

/** The errors of the state, so that each says the same way what happened and what to do. */

export const OTHERWISE = 'choose another folder with --state-dir';

/** Damage never leads to a guess: to start from `latest` would lose events without a word. */
export function damaged(pipeline: string, path: string, byte: number, what: string): EvrunError {
  return new EvrunError(
    'EVR_STATE',
    `The state of pipeline "${pipeline}" is damaged: ${path}, byte ${byte}: ${what}. evrun does not go on from ` +
      'a guess, which would lose or repeat events. Restore its folder from a backup; or move the folder away ' +
      'and start anew, with --since to say from where.',
    { fatal: true },
  );
}

export function tooNew(pipeline: string, path: string, version: number, writer: string): EvrunError {
  return new EvrunError(
    'EVR_STATE',
    `The state of pipeline "${pipeline}" was written by ${writer} in format ${version}, this evrun reads ` +
      `formats up to ${FORMAT_VERSION}: ${path}. Run ${writer} or a later one, or ${OTHERWISE}.`,
    { fatal: true },
  );
}

export function otherPipeline(pipeline: string, path: string, owner: string): EvrunError {
  return new EvrunError(
    'EVR_STATE',
    `The state in ${path} belongs to pipeline "${owner}", whose name is filed as that of "${pipeline}". Give ` +
      `this pipeline another name, or ${OTHERWISE}.`,
    { fatal: true },
  );
}

/** Wraps what the file system threw. */
export function unusable(pipeline: string, path: string, cause: unknown): EvrunError {
  if (cause instanceof EvrunError) return cause;
  return new EvrunError(
    'EVR_STATE',
    `Cannot use the state of pipeline "${pipeline}" in ${path}: ${fileProblem(cause)}. ` +
      fileRemedy(cause, OTHERWISE),
    { cause, fatal: true },
  );
}
