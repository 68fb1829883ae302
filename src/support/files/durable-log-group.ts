export type Chunk = string | Uint8Array;

/** Chunks that are written and synced together, and share one promise. */
export interface Group {
  readonly chunks: Chunk[];
  readonly undos: (() => void)[];
  bytes: number;
  readonly done: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

export function newGroup(): Group {
  let resolve = () => {};
  let reject: (error: unknown) => void = () => {};
  const done = new Promise<void>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  // Who appended holds the same promise and learns of the failure there.
  done.catch(() => {});
  return { chunks: [], undos: [], bytes: 0, done, resolve, reject };
}

/** Undoes and rejects groups that were lost together, the newest chunk first. */
export function giveUp(groups: readonly Group[], error: unknown): void {
  for (const group of [...groups].reverse()) for (const undo of group.undos.reverse()) undo();
  for (const group of groups) group.reject(error);
}

/** One chunk after the other. */
export function joined(chunks: readonly Chunk[]): Uint8Array {
  if (chunks.every((chunk) => typeof chunk === 'string')) return Buffer.from(chunks.join(''));
  return Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)));
}
