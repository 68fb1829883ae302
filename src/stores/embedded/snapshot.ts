import { join } from 'node:path';
import { type FileOps, writeFully } from '../../support/files/fs-ops.ts';
import { fileHead, record, type SnapshotHead } from './format.ts';
import { SNAPSHOT, SNAPSHOT_DRAFT } from './load.ts';
import type { Values } from './memory.ts';

/**
 * All values in one file, so that the log before it can go. Written beside the old one, synced, renamed over it,
 * and the folder synced: at every moment one whole snapshot stands there.
 */

const RECORD_CHARS = 256 << 10;

export interface SnapshotDraft {
  /** Bytes that it has. */
  readonly bytes: number;
  /** Puts it in the place of the old one. */
  publish(): Promise<void>;
  discard(): Promise<void>;
}

/** A copy of the values as they are now; values themselves are never changed in place. */
export interface Frozen {
  readonly keys: readonly string[];
  readonly values: readonly unknown[];
}

export function freeze(values: Values): Frozen {
  return { keys: [...values.keys()], values: [...values.values()] };
}

/** Writes the draft; undefined once `cancelled` says so. */
export async function draftSnapshot(
  dir: string,
  head: Omit<SnapshotHead, 'keys'>,
  frozen: Frozen,
  ops: FileOps,
  cancelled: () => boolean,
): Promise<SnapshotDraft | undefined> {
  const path = join(dir, SNAPSHOT_DRAFT);
  const discard = () => ops.unlink(path).catch(() => {});
  const fd = await ops.open(path, 'w', 0o600);
  let bytes = 0;
  try {
    for (const piece of pieces({ ...head, keys: frozen.keys.length }, frozen)) {
      if (cancelled()) break;
      await writeFully(ops, fd, piece);
      bytes += piece.length;
    }
    await ops.sync(fd);
  } catch (error) {
    await ops.close(fd).catch(() => {});
    await discard();
    throw error;
  }
  await ops.close(fd);
  if (cancelled()) {
    await discard();
    return undefined;
  }
  const publish = async () => {
    await ops.rename(path, join(dir, SNAPSHOT));
    await ops.syncFolder(dir);
  };
  return { bytes, publish, discard };
}

function* pieces(head: SnapshotHead, frozen: Frozen): Iterable<Buffer> {
  yield fileHead(head);
  let text = '';
  for (let index = 0; index < frozen.keys.length; index++) {
    text += (text === '' ? '' : ',') + entryAt(frozen, index);
    if (text.length < RECORD_CHARS) continue;
    yield record(`[${text}]`);
    text = '';
  }
  if (text !== '') yield record(`[${text}]`);
}

function entryAt({ keys, values }: Frozen, index: number): string {
  return `[${JSON.stringify(keys[index])},${JSON.stringify(values[index])}]`;
}
