import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { fileOutput, type Output, streamOutput } from './output.ts';

let opened: Output | undefined;

/** Standard output, one for the whole process so that lines of several pipelines do not run into each other. */
export function stdout(): Output {
  opened ??= openStdout();
  return opened;
}

/** Node's own stream for a file ignores writes that took only a part, so files are written by `fileOutput`. */
function openStdout(): Output {
  const name = 'standard output';
  const stat = fstatSync(1);
  const isFile = stat.isFile() || (stat.isCharacterDevice() && !isatty(1));
  return isFile ? fileOutput(1, name) : streamOutput(process.stdout, name);
}
