import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { SourceContext } from '../../contract/source.ts';
import { Candidates } from './candidates.ts';
import { lineStart } from './identity.ts';
import { whatWasMissed } from './missed.ts';
import { findMoved, newPartition, type Recognised, recognise } from './recognise.ts';
import { inCopy } from './replacement.ts';
import { siblings, stemOf } from './siblings.ts';
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
  private readonly candidates: Candidates;
  /** Partitions of content that is gone, to be forgotten with the next write. */
  private readonly stale = new Set<string>();
  /** Size and time of files that were read to the end and closed, by device and inode. */
  private readonly finishedAs = new Map<string, string>();

  constructor(config: FileConfig, ctx: SourceContext, positions: Positions) {
    this.config = config;
    this.ctx = ctx;
    this.positions = positions;
    this.candidates = new Candidates(config.path, config.follow, ctx.log);
  }

  get trouble(): string | undefined {
    return this.candidates.trouble;
  }

  /** Finds the files and where to begin in each. Without `follow`, a path that is not there is an error. */
  async open(): Promise<void> {
    const { ignoreStored } = this.ctx.start;
    const fresh = ignoreStored || !this.positions.started;
    for (const file of await this.candidates.openAll()) {
      if (fresh)
        this.track(file, await this.begin(file, (await this.known(file)) ?? (await this.unknown(file))));
      else await this.place(file);
    }
    if (!fresh) await this.addMoved();
    const surplus = this.positions.surplus(new Set(this.byPartition.keys()), ignoreStored);
    await this.store(this.files, surplus);
  }

  /** For following: finds what is new, what was renamed, and what no path leads to any more. */
  async lookAgain(): Promise<void> {
    const here = new Set<TrackedFile>();
    for (const path of await this.candidates.paths()) {
      const found = await stat(path, { bigint: true }).catch((error: unknown) =>
        this.candidates.note(path, error),
      );
      if (found === undefined) continue;
      const file = this.openAt(found) ?? (await this.add(path, found));
      if (file === undefined) continue;
      this.candidates.clear(path);
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
    const { path, state, readTo } = file;
    const beside = (await siblings(path, stemOf(path))).filter(({ inode }) => inode !== state.inode);
    const copied = await inCopy({ head: state.head, next: readTo }, beside);
    const lost = copied === undefined || copied.unread === 0 ? '' : `. ${copied.sentence}`;
    this.ctx.log.warn(`${path} was truncated or written anew: reading it from the start${lost}`);
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
      const placed = await this.place(await openFile(path));
      await this.store(placed.filter(({ partition }) => !this.positions.has(partition)));
      const tracked = placed.at(-1) as TrackedFile;
      this.ctx.log.info(`reading ${path}`, { from: tracked.readTo });
      return tracked;
    } catch (error) {
      return this.candidates.note(path, error);
    }
  }

  /** Takes a file in, and before it what came and went at its path while nobody looked. */
  private async place(file: OpenFile): Promise<TrackedFile[]> {
    const known = await this.known(file);
    if (known !== undefined) return [this.track(file, known)];
    const placed: TrackedFile[] = [];
    for (const missed of await this.missedBefore(file)) {
      const { partition, stored } = await this.unknown(missed);
      // As it would have been, had somebody looked.
      const tracked = this.track(missed, { partition, stored: { ...stored, path: file.path } });
      tracked.leftAt = this.ctx.clock.monotonic();
      placed.push(tracked);
    }
    placed.push(this.track(file, await this.unknown(file)));
    return placed;
  }

  private async missedBefore(file: OpenFile): Promise<readonly OpenFile[]> {
    const { positions, candidates, config, ctx, stale } = this;
    const shortened = positions.withInode(file.inode).filter(([partition]) => stale.has(partition));
    const before = new Map([...shortened, ...positions.withPath(file.path)]);
    const seen = [...before.keys()].flatMap((partition) => this.byPartition.get(partition) ?? []);
    // Truncated under our hands: that was told.
    if (before.size === 0 || seen.some((one) => one.replaced && one.state.inode === file.inode)) return [];
    const { missed, level, sentence } = await whatWasMissed({
      file,
      positions,
      before: [...before.values()],
      isRead: (path) => candidates.has(path),
      held: seen.length > 0,
      follow: config.follow,
    });
    if (sentence !== undefined) ctx.log[level](sentence);
    for (const { path } of missed) {
      ctx.log.info(`reading ${path}, which came and went at ${file.path} while nobody looked`);
    }
    return missed;
  }

  private track(file: OpenFile, { partition, stored }: Recognised): TrackedFile {
    const tracked = new TrackedFile(partition, file, stored, this.config.max_line_bytes);
    this.files.push(tracked);
    this.byPartition.set(partition, tracked);
    return tracked;
  }

  private known(file: OpenFile): Promise<Recognised | undefined> {
    return recognise(file, this.positions, this.byPartition, this.stale, this.ctx.log);
  }

  private unknown(file: OpenFile): Promise<Recognised> {
    return newPartition(file, (name) => this.byPartition.has(name) || this.positions.has(name));
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
}

function idOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

function stampOf({ size, mtimeNs }: BigIntStats): string {
  return `${size} ${mtimeNs}`;
}
