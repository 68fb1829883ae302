import type { Batch, Lag, Progress, Source, SourceContext } from '../../contract/source.ts';
import type { Region } from '../../support/lines/line-reader.ts';
import { batchesOf } from '../../support/lines/lines.ts';
import { fileError } from './errors.ts';
import { type FileConfig, FileSet } from './file-set.ts';
import { Positions } from './stored.ts';
import type { TrackedFile } from './tracked-file.ts';

/** A file that no path leads to any more may still be written to by who has it open: so long it must be quiet. */
const LINGER_MS = 60_000;
const DONE_POLL_MS = 20;

/**
 * Reads files one after the other, each to its end; when following, again and again. Which files there are,
 * and which of them are old acquaintances under a new name, is the file set's business.
 */
export class FileSource implements Source {
  private readonly config: FileConfig;
  private readonly ctx: SourceContext;
  private readonly positions: Positions;
  private readonly set: FileSet;

  constructor(config: FileConfig, ctx: SourceContext) {
    this.config = config;
    this.ctx = ctx;
    this.positions = new Positions(ctx.store);
    this.set = new FileSet(config, ctx, this.positions);
  }

  open(): Promise<void> {
    return this.set.open();
  }

  async *read(signal: AbortSignal): AsyncGenerator<Batch> {
    for (;;) {
      let found = false;
      for (const file of [...this.set.files]) {
        for await (const batch of this.round(file, signal)) {
          found = true;
          yield batch;
          if (signal.aborted) return;
        }
        if (signal.aborted) return;
      }
      if (!this.config.follow || this.ctx.untilCaughtUp) return;
      if (!found) {
        yield { deliveries: [] };
        await this.ctx.clock.sleep(this.config.poll_interval_ms, signal);
      }
      if (signal.aborted) return;
      await this.set.lookAgain();
    }
  }

  async commit(progress: readonly Progress[]): Promise<void> {
    await this.positions.write(
      progress.flatMap((one) => {
        const file = this.set.byPartition.get(one.partition);
        // A position in content that is gone would be taken for one in what is there now.
        return file === undefined || file.replaced ? [] : [[file.partition, file.advance(one)] as const];
      }),
    );
  }

  async lag(): Promise<Lag> {
    const partitions: Record<string, number> = {};
    let bytes = 0;
    for (const file of this.set.files) {
      if (file.gzip) continue;
      const behind = Math.max(0, (await file.size().catch(() => 0)) - file.state.next);
      partitions[file.partition] = behind;
      bytes += behind;
    }
    return { bytes, partitions };
  }

  stalled(): string | undefined {
    return this.set.trouble;
  }

  close(): Promise<void> {
    return this.set.close();
  }

  /** What is there now of one file. */
  private async *round(file: TrackedFile, signal: AbortSignal): AsyncGenerator<Batch> {
    if (this.config.follow && !file.gzip) {
      const size = await file.size();
      if (size !== file.readTo) {
        if (!(await file.isSame(size))) return this.set.replaced(file);
        if (file.leftAt !== undefined) file.leftAt = this.ctx.clock.monotonic();
        yield* this.linesUpTo(file, size, signal);
      }
      if (!this.gone(file)) return;
    } else yield* this.linesUpTo(file, Number.POSITIVE_INFINITY, signal);
    const last = file.lastLine();
    if (last !== undefined) yield* this.batches(file, last);
    await this.set.finished(file);
  }

  private async *linesUpTo(file: TrackedFile, size: number, signal: AbortSignal): AsyncGenerator<Batch> {
    let given = file.state.next;
    while (file.readTo < size) {
      let region: Region | undefined;
      try {
        region = await file.nextLines();
      } catch (error) {
        await this.doneTo(file, given, signal);
        if (signal.aborted) return;
        throw fileError(file.path, error);
      }
      if (region === undefined) return;
      yield* this.batches(file, region);
      given = region.next;
    }
  }

  /**
   * An error ends the pipeline with what is in work unfinished, and each start would meet a damaged file again: so
   * what was handed over of it is done and stored first. Otherwise it could be repeated at every start, for ever.
   */
  private async doneTo(file: TrackedFile, offset: number, signal: AbortSignal): Promise<void> {
    while (file.state.next < offset && !signal.aborted) await this.ctx.clock.sleep(DONE_POLL_MS, signal);
  }

  private batches(file: TrackedFile, region: Region): Generator<Batch> {
    return batchesOf(region, {
      stream: file,
      maxLineBytes: this.config.max_line_bytes,
      maxBatch: this.ctx.maxBatch,
      prefilter: this.ctx.prefilter,
      done: file.done,
    });
  }

  private gone({ leftAt }: TrackedFile): boolean {
    return leftAt !== undefined && this.ctx.clock.monotonic() - leftAt >= LINGER_MS;
  }
}
