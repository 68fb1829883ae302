import { write } from 'node:fs';
import type { Writable } from 'node:stream';
import { EvrunError } from '../../contract/errors.ts';
import { errnoOf, fileProblem } from '../files/fs-errors.ts';

/**
 * Where text goes that must be written before an event counts as done. `write` resolves once the operating
 * system has all of it, in the order of the calls. The first failure is final: every later write fails alike.
 */
export interface Output {
  /** Throws EvrunError, fatal: EVR_OUTPUT_CLOSED when the reader is gone (EPIPE), else EVR_OUTPUT. */
  write(text: string): Promise<void>;
}

/** For pipes, sockets and terminals: waits for a slow reader without holding up anything else. */
export function streamOutput(stream: Writable, name: string): Output {
  let broken: EvrunError | undefined;
  // The callback of each write reports the failure; without a listener the process would end on it.
  stream.on('error', (error) => {
    broken ??= outputError(name, error);
  });
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        if (broken !== undefined) return reject(broken);
        stream.write(text, (error) => {
          if (!error) return resolve();
          broken ??= outputError(name, error);
          reject(broken);
        });
      }),
  };
}

export type WriteBytes = (fd: number, bytes: Buffer) => Promise<number>;

const AGAIN_MS = 5;

/** For files and devices, where a write may take only a part (a disk that is nearly full) without an error. */
export function fileOutput(fd: number, name: string, writeBytes: WriteBytes = writeOnce): Output {
  let broken: EvrunError | undefined;
  let last: Promise<void> = Promise.resolve();

  async function writeAll(text: string): Promise<void> {
    if (broken !== undefined) throw broken;
    let rest = Buffer.from(text);
    while (rest.length > 0) {
      try {
        rest = rest.subarray(await writeBytes(fd, rest));
      } catch (error) {
        if (errnoOf(error) !== 'EAGAIN') {
          broken = outputError(name, error);
          throw broken;
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  return {
    write(text) {
      const mine = last.then(() => writeAll(text));
      last = mine.catch(() => {});
      return mine;
    },
  };
}

function writeOnce(fd: number, bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, (error, written) => (error ? reject(error) : resolve(written)));
  });
}

function outputError(name: string, cause: unknown): EvrunError {
  if (errnoOf(cause) === 'EPIPE')
    return new EvrunError('EVR_OUTPUT_CLOSED', `whoever read ${name} has closed it`, { cause, fatal: true });
  const message = `cannot write to ${name}: ${fileProblem(cause)}`;
  return new EvrunError('EVR_OUTPUT', message, { cause, fatal: true });
}
