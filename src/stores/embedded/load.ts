import { readdir, truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../contract/log.ts';
import { errnoOf } from '../../support/files/fs-errors.ts';
import type { SegmentHead, SnapshotHead } from './format.ts';
import { applyRecord, type Values } from './memory.ts';
import { damaged, otherPipeline } from './problem.ts';
import { readStateFile } from './read.ts';

/**
 * The folder: `snapshot` holds everything up to a segment, `log.<n>` the segments after it, without a gap. A
 * segment says how much of the one before it counts. Only the end of the last one may be torn.
 */

export const SNAPSHOT = 'snapshot';
export const SNAPSHOT_DRAFT = 'snapshot.tmp';
/** Is there once the folder has held a state: then an empty one is damage, and no first start. */
export const MARK = 'opened';
export const segmentName = (number: number) => `log.${number}`;

export interface Loaded {
  readonly values: Values;
  /** The segment to go on with; its file may not exist yet. */
  readonly segment: number;
  readonly firstSegment: number;
  readonly logBytes: number;
  readonly snapshotBytes: number;
  readonly marked: boolean;
}

export interface LoadOptions {
  readonly dir: string;
  readonly pipeline: string;
  readonly log: Logger;
  /** Changes nothing: a torn tail is skipped, not cut. */
  readonly readOnly: boolean;
}

/** Throws EvrunError for damage, else what the file system throws. */
export async function loadState(options: LoadOptions): Promise<Loaded> {
  const values: Values = new Map();
  const names = await readdir(options.dir);
  const snapshot = names.includes(SNAPSHOT) ? await loadSnapshot(options, values) : { next: 1, bytes: 0 };
  const numbers = names.flatMap((name) => /^log\.([1-9]\d{0,14})$/.exec(name)?.[1] ?? []).map(Number);
  const obsolete = numbers.filter((number) => number < snapshot.next).map(segmentName);
  const segments = numbers.filter((number) => number >= snapshot.next).sort((a, b) => a - b);
  const marked = names.includes(MARK);
  requireAll(options, segments, snapshot.next, marked || names.includes(SNAPSHOT));
  if (marked && segments.length === 1 && !names.includes(SNAPSHOT)) await requireHead(options, segments[0]);

  let logBytes = 0;
  let last = snapshot.next;
  for (const [index, segment] of segments.entries()) {
    const end = await loadSegment(options, values, segment, index === segments.length - 1);
    if (end === 0) continue;
    last = segment;
    logBytes += end;
  }
  if (!options.readOnly) await clear(options.dir, [...obsolete, SNAPSHOT_DRAFT]);
  const { next: firstSegment, bytes: snapshotBytes } = snapshot;
  return { values, segment: last, firstSegment, logBytes, snapshotBytes, marked };
}

async function loadSnapshot(options: LoadOptions, values: Values): Promise<{ next: number; bytes: number }> {
  const { pipeline } = options;
  const path = join(options.dir, SNAPSHOT);
  const found = await readStateFile({ pipeline, path, each: (value) => applyRecord(values, value) });
  if (found.rest !== 'none') throw damaged(pipeline, path, found.end, 'the checksum does not match');
  const head = found.head as SnapshotHead;
  if (head.pipeline !== pipeline) throw otherPipeline(pipeline, options.dir, head.pipeline);
  if (values.size !== head.keys) {
    throw damaged(pipeline, path, found.end, `it holds ${values.size} keys of ${head.keys}`);
  }
  return { next: head.next, bytes: found.size };
}

function requireAll(options: LoadOptions, found: readonly number[], first: number, needed: boolean): void {
  const count = Math.max(found.length, needed ? 1 : 0);
  for (let index = 0; index < count; index++) {
    if (found[index] === first + index) continue;
    const path = join(options.dir, segmentName(first + index));
    throw damaged(options.pipeline, path, 0, 'the file is missing, though others show that it was there');
  }
}

async function requireHead({ dir, pipeline }: LoadOptions, segment = 1): Promise<void> {
  const path = join(dir, segmentName(segment));
  const { head } = await readStateFile({ pipeline, path });
  if (head === undefined) {
    throw damaged(
      pipeline,
      path,
      0,
      'its beginning is not there any more, so somebody has emptied or cut it',
    );
  }
}

/** Returns where the good part of the segment ends; 0: nothing of it ever counted. */
async function loadSegment(options: LoadOptions, values: Values, segment: number, last: boolean) {
  const { dir, pipeline } = options;
  const path = join(dir, segmentName(segment));
  const limit = last ? undefined : await countedBytes(options, segment);
  // Nothing counts in a segment whose beginning was not yet written, and a later one would have said so.
  const each = (value: unknown) => applyRecord(values, value);
  const found = await readStateFile({ pipeline, path, limit, each });
  const head = found.head as SegmentHead | undefined;
  if (head !== undefined && head.pipeline !== pipeline) throw otherPipeline(pipeline, dir, head.pipeline);
  if (found.rest === 'damaged' || (limit !== undefined && found.end !== limit)) {
    throw damaged(pipeline, path, found.end, 'the checksum does not match, and records follow');
  }
  if (head !== undefined && head.segment !== segment) {
    throw damaged(pipeline, path, 0, `it is a copy of ${segmentName(head.segment)}`);
  }
  if (found.rest === 'torn') await repair(options, path, head === undefined ? 0 : found.end, found.size);
  return head === undefined ? 0 : found.end;
}

/** Undefined: the next segment was being created when the process died, so that this one is the last. */
async function countedBytes(options: LoadOptions, segment: number): Promise<number | undefined> {
  const path = join(options.dir, segmentName(segment + 1));
  const { head, rest } = await readStateFile({ pipeline: options.pipeline, path });
  if (head === undefined && rest === 'damaged') {
    throw damaged(options.pipeline, path, 0, 'its beginning cannot be read, and records follow');
  }
  return (head as SegmentHead | undefined)?.after?.bytes;
}

async function repair(options: LoadOptions, path: string, end: number, size: number): Promise<void> {
  options.log.warn(
    'The last write to the state was torn when the process ended. It was never acknowledged.',
    {
      path,
      byte: end,
      dropped: size - end,
    },
  );
  if (options.readOnly) return;
  if (end === 0) await unlink(path);
  else await truncate(path, end);
}

async function clear(dir: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await unlink(join(dir, name)).catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error;
    });
  }
}
