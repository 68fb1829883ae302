import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { messageOf } from '../../contract/errors.ts';
import type { SourceContext } from '../../contract/source.ts';
import { codeOf, fileError } from './errors.ts';
import { lineStart } from './identity.ts';
import { allPaths } from './paths.ts';
import { findMoved, newPartition, type Recognised, recognise } from './recognise.ts';
import type { Positions } from './stored.ts';
import { type OpenFile, openFile, TrackedFile } from './tracked-file.ts';

export interface FileConfig {
  readonly path: string | readonly string[];
  readonly follow: boolean;
  readonly max_line_bytes: number;
  readonly poll_interval_ms: number;
}

/**
 * The files that are being read. `files` is in the order of reading: one that was rotated away stands before
 * the one that took its path.
 *
 * A file is known by inode and first bytes, and its identity is stored before its first line is handed over:
 * so positions and the ids of events survive renames, restarts and growth. A file that is truncated or written
 * anew is another one, with a partition of its own: what is still in work of the old one stays apart from it.
 */
export class FileSet {
  files: TrackedFile[] = [];
  /** All that were read in this run, also when closed: their last outcomes come later. */
  readonly byPartition = new Map<string, TrackedFile>();
  private readonly config: FileConfig;
  private readonly ctx: SourceContext;
  private readonly positions: Positions;
  /** What cannot be read, by path: said once, until it changes. */
  private readonly troubles = new Map<string, string>();
  /** Partitions of content that is gone, to be forgotten with the next write. */
  private readonly stale = new Set<string>();
  /** Size and time of files that were read to the end and closed, by device and inode. */
  private readonly finishedAs = new Map<string, string>();

  constructor(config: FileConfig, ctx: SourceContext, positions: Positions) {
    this.config = config;
    this.ctx = ctx;
    this.positions = positions;
  }

  get trouble(): string | undefined {
    return this.troubles.values().next().value;
  }

  /** Finds the files and where to begin in each. Without `follow`, a path that is not there is an error. */
  async open(): Promise<void> {
    const { ignoreStored } = this.ctx.start;
    const fresh = ignoreStored || !this.positions.started;
    for (const file of await this.openAll()) {
      const known = await this.recognise(file);
      this.track(file, fresh ? await this.begin(file, known) : known);
    }
    if (!fresh) await this.addMoved();
    const surplus = this.positions.surplus(new Set(this.byPartition.keys()), ignoreStored);
    await this.store(this.files, surplus);
  }

  /** For following: finds what is new, what was renamed, and what no path leads to any more. */
  async lookAgain(): Promise<void> {
    const here = new Set<TrackedFile>();
    for (const path of await this.paths()) {
      const found = await stat(path, { bigint: true }).catch((error: unknown) => this.note(path, error));
      if (found === undefined) continue;
      const file = this.openAt(found) ?? (await this.add(path, found));
      if (file === undefined) continue;
      this.troubles.delete(path);
      file.path = path;
      file.leftAt = undefined;
      here.add(file);
    }
    for (const file of this.files) {
      if (!here.has(file)) file.leftAt ??= this.ctx.clock.monotonic();
    }
  }

  /** It was read to its end and there will be no more. */
  async finished(file: TrackedFile): Promise<void> {
    this.files = this.files.filter((other) => other !== file);
    const found = await stat(file.path, { bigint: true }).catch(() => undefined);
    if (found !== undefined && file.isAt(found)) this.finishedAs.set(idOf(found), stampOf(found));
    await file.close();
  }

  /** Truncated or written anew under our hands: what comes now is other content. */
  async replaced(file: TrackedFile): Promise<void> {
    this.ctx.log.warn(`${file.path} was truncated or written anew: reading it from the start`);
    file.replaced = true;
    this.stale.add(file.partition);
    this.files = this.files.filter((other) => other !== file);
    await file.close();
  }

  async close(): Promise<void> {
    this.files = [];
    for (const file of this.byPartition.values()) await file.close();
  }

  private openAt(found: BigIntStats): TrackedFile | undefined {
    return this.files.find((file) => file.isAt(found));
  }

  private async add(path: string, found: BigIntStats): Promise<TrackedFile | undefined> {
    if (this.finishedAs.get(idOf(found)) === stampOf(found)) return undefined;
    try {
      const file = await openFile(path);
      const tracked = this.track(file, await this.recognise(file));
      if (!this.positions.has(tracked.partition)) await this.store([tracked]);
      this.ctx.log.info(`reading ${path}`, { from: tracked.readTo });
      return tracked;
    } catch (error) {
      return this.note(path, error);
    }
  }

  private track(file: OpenFile, { partition, stored }: Recognised): TrackedFile {
    const tracked = new TrackedFile(partition, file, stored, this.config.max_line_bytes);
    this.files.push(tracked);
    this.byPartition.set(partition, tracked);
    return tracked;
  }

  private async recognise(file: OpenFile): Promise<Recognised> {
    const known = await recognise(file, this.positions, this.byPartition, this.stale, this.ctx.log);
    return (
      known ?? (await newPartition(file, (name) => this.byPartition.has(name) || this.positions.has(name)))
    );
  }

  /** Where a first run begins in a file: at its start, or behind its last whole line. */
  private async begin(file: OpenFile, { partition, stored }: Recognised): Promise<Recognised> {
    const latest = this.ctx.start.point.at === 'latest';
    const end = file.gzip ? Number.MAX_SAFE_INTEGER : await lineStart(file.handle, file.size);
    return { partition, stored: { ...stored, next: latest ? end : 0, done: [] } };
  }

  /** Files with unread lines that were renamed since the last run: they come first. */
  private async addMoved(): Promise<void> {
    const present = this.files;
    this.files = [];
    for (const [partition, stored] of this.positions.all()) {
      if (this.byPartition.has(partition)) continue;
      const file = await findMoved(stored);
      if (file === undefined) continue;
      this.ctx.log.info(`${stored.path} is now ${file.path}: reading what is left of it`, {
        from: stored.next,
      });
      this.track(file, { partition, stored }).leftAt = this.ctx.clock.monotonic();
    }
    this.files.push(...present);
  }

  private async store(files: readonly TrackedFile[], forgotten: readonly string[] = []): Promise<void> {
    await this.positions.write(
      files.map((file) => [file.partition, file.state]),
      [...this.stale, ...forgotten],
    );
    this.stale.clear();
  }

  /** The files that are there at the start, each once, however many paths lead to it. */
  private async openAll(): Promise<OpenFile[]> {
    const found = new Map<string, OpenFile>();
    for (const path of await this.paths()) {
      try {
        const file = await openFile(path);
        if (found.has(file.id)) await file.handle.close();
        else found.set(file.id, file);
      } catch (error) {
        if (this.config.follow && codeOf(error) === 'ENOENT') this.note(path, error);
        else throw await this.closed(found.values(), fileError(path, error));
      }
    }
    return [...found.values()];
  }

  private async closed<E>(files: Iterable<OpenFile>, error: E): Promise<E> {
    for (const { handle } of files) await handle.close();
    return error;
  }

  private async paths(): Promise<string[]> {
    const { path } = this.config;
    const { paths, unmatched } = await allPaths(typeof path === 'string' ? [path] : path);
    for (const pattern of unmatched) this.note(pattern, undefined);
    if (this.troubles.size > 0) {
      const still = new Set([...paths, ...unmatched]);
      for (const troubled of this.troubles.keys()) if (!still.has(troubled)) this.troubles.delete(troubled);
    }
    return paths;
  }

  private note(path: string, error: unknown): undefined {
    const waiting = this.config.follow ? ', waiting for it' : '';
    const sentence =
      error === undefined
        ? `nothing matches ${path}${waiting}`
        : codeOf(error) === 'ENOENT'
          ? `${path} does not exist${waiting}`
          : messageOf(fileError(path, error));
    if (this.troubles.get(path) !== sentence) this.ctx.log.warn(sentence);
    this.troubles.set(path, sentence);
    return undefined;
  }
}

function idOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

function stampOf({ size, mtimeNs }: BigIntStats): string {
  return `${size} ${mtimeNs}`;
}
