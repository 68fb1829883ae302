import { closeSync, constants, openSync, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { EvrunError } from '../../contract/errors.ts';
import { errnoOf, fileProblem } from '../../support/files/fs-errors.ts';
import { fileOutput, streamOutput } from '../../support/programs/output.ts';
import { stdout } from '../../support/programs/stdout.ts';
import { AppendFile, type Target, type TargetOptions } from './append-file.ts';

export async function openTarget(options: TargetOptions): Promise<Target> {
  const { path } = options;
  if (path === '/dev/stdout' || path === '-') {
    return { append: (text) => stdout().write(text), async reopen() {}, async close() {} };
  }
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    throw new EvrunError('EVR_OUTPUT', `${path} is a folder: name a file inside it`, { fatal: true });
  }
  if (found !== undefined && !found.isFile()) return openSpecial(path, found);
  const file = new AppendFile(options);
  await file.open();
  return file;
}

/** A named pipe or a device: nothing to fsync, to repair or to rotate. */
function openSpecial(path: string, found: Stats): Target {
  const fd = openForWriting(path);
  if (!found.isFIFO()) {
    const output = fileOutput(fd, path);
    return { append: output.write, async reopen() {}, close: once(async () => closeSync(fd)) };
  }
  const socket = new Socket({ fd, readable: false, writable: true });
  const output = streamOutput(socket, path);
  return { append: output.write, async reopen() {}, close: async () => void socket.destroy() };
}

function openForWriting(path: string): number {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw cannotOpen(path, cause);
  }
}

function once(close: () => Promise<void>): () => Promise<void> {
  let closed: Promise<void> | undefined;
  return () => {
    closed ??= close();
    return closed;
  };
}

function cannotOpen(path: string, cause: unknown): EvrunError {
  if (errnoOf(cause) === 'ENXIO') {
    return new EvrunError('EVR_UNREACHABLE', `nothing reads from the pipe ${path}`, {
      cause,
      retry: 'later',
    });
  }
  const message = `cannot open ${path} for writing: ${fileProblem(cause)}`;
  return new EvrunError('EVR_OUTPUT', message, { cause, fatal: true });
}
