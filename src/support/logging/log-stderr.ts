import { writeSync } from 'node:fs';

/**
 * Text to stderr: gathered while the current turn of the event loop runs, then written at once. A reader that is
 * slow (EAGAIN) is tried again later without blocking the process; what does not fit into `MAX_WAITING` is
 * dropped and counted. A reader that is gone (EPIPE) is no reason to fail: the rest goes nowhere.
 */

const MAX_WAITING = 1 << 20;
const WRITE_AT = 64 << 10;
const RETRY_MS = 20;
/** How long `flush` waits for a slow reader before the process ends. */
const LAST_WAIT_MS = 1000;

export interface TextOutput {
  write(text: string): void;
  /** Writes what is waiting, waiting up to a second for a slow reader. */
  flush(): void;
}

type WriteSync = (fd: number, bytes: Uint8Array) => number;

export function stderrOutput(fd = 2, write: WriteSync = writeSync): TextOutput {
  let waiting: string[] = [];
  let length = 0;
  let rest: Uint8Array | undefined;
  let lost = 0;
  let scheduled = false;
  let gone = false;

  /** False: the reader takes no more at the moment. */
  function drain(): boolean {
    while (!gone) {
      if (rest === undefined) {
        if (waiting.length === 0) return true;
        if (lost > 0) waiting.push(`(${lost} log lines were lost: stderr was not read)\n`);
        rest = Buffer.from(waiting.join(''));
        waiting = [];
        length = 0;
        lost = 0;
      }
      try {
        const written = write(fd, rest);
        rest = written < rest.length ? rest.subarray(written) : undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
        gone = true;
      }
    }
    waiting = [];
    return true;
  }

  function turn(): void {
    scheduled = false;
    if (!drain()) schedule(() => setTimeout(turn, RETRY_MS).unref());
  }

  function schedule(how: () => void): void {
    if (scheduled) return;
    scheduled = true;
    how();
  }

  return {
    write(text) {
      if (gone) return;
      if (length + text.length > MAX_WAITING) {
        lost++;
        return;
      }
      waiting.push(text);
      length += text.length;
      if (length < WRITE_AT || !drain()) schedule(() => setImmediate(turn));
    },
    flush() {
      const end = performance.now() + LAST_WAIT_MS;
      const cell = new Int32Array(new SharedArrayBuffer(4));
      while (!drain() && performance.now() < end) Atomics.wait(cell, 0, 0, 5);
    },
  };
}
