import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { EvrunError, messageOf } from '../../contract/errors.ts';
import type { Batch, Source, SourceContext } from '../../contract/source.ts';
import type { LineStream } from '../../support/lines/line-delivery.ts';
import { LineReader, type Region } from '../../support/lines/line-reader.ts';
import { batchesOf } from '../../support/lines/lines.ts';
import { StreamBytes } from './stream-bytes.ts';

export interface StdinConfig {
  readonly max_line_bytes: number;
}

/** How long nothing must come before the source says "nothing new". */
const QUIET_MS = 250;

/** Lines of standard input. There is nothing to go back to, so there is nothing to commit. */
export class StdinSource implements Source {
  private readonly config: StdinConfig;
  private readonly ctx: SourceContext;
  private input: (Readable & { ref?: () => void; unref?: () => void }) | undefined;
  private bytes: StreamBytes | undefined;

  constructor(config: StdinConfig, ctx: SourceContext) {
    this.config = config;
    this.ctx = ctx;
  }

  async open(): Promise<void> {
    const { log } = this.ctx;
    const { stdin } = process;
    if (stdin.isTTY) log.info('reading events from the terminal, Ctrl-D ends');
    log.info('standard input cannot be resumed: what is not finished when this process dies is lost');
    stdin.ref?.();
    this.input = stdin;
    this.bytes = new StreamBytes(stdin);
  }

  async *read(signal: AbortSignal): AsyncGenerator<Batch> {
    const { bytes, config, ctx } = this;
    if (bytes === undefined) return;
    const stop = () => bytes.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const reader = new LineReader(bytes, 0, config.max_line_bytes, 64 * 1024);
      // Another run's bytes are other events: their ids must differ although their offsets do not.
      const partition = `stdin-${randomBytes(8).toString('hex')}`;
      const stream: LineStream = {
        partition,
        source: '/evrun/stdin',
        name: 'standard input',
        metaOf: (offset) => ({ stdin: { offset } }),
      };
      for (;;) {
        const reading = reader.next();
        while (!(await this.arrived(reading, signal))) {
          if (signal.aborted || ctx.untilCaughtUp) return;
          yield { deliveries: [] };
        }
        if (signal.aborted) return;
        const region = (await reading) ?? reader.rest();
        if (region === undefined) return;
        yield* batchesOf(region, {
          stream,
          maxLineBytes: config.max_line_bytes,
          maxBatch: ctx.maxBatch,
          prefilter: ctx.prefilter,
        });
      }
    } catch (error) {
      if (error instanceof EvrunError) throw error;
      throw new EvrunError('EVR_SOURCE', `standard input cannot be read: ${messageOf(error)}`, {
        cause: error,
      });
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async close(): Promise<void> {
    this.bytes?.close();
    // A waiting pipe or terminal must not keep the process.
    this.input?.unref?.();
    this.input = undefined;
  }

  /** Whether `reading` ends before nothing has come for a while. */
  private async arrived(reading: Promise<Region | undefined>, signal: AbortSignal): Promise<boolean> {
    const enough = new AbortController();
    try {
      return await Promise.race([
        reading.then(() => true),
        this.ctx.clock.sleep(QUIET_MS, AbortSignal.any([signal, enough.signal])).then(() => false),
      ]);
    } finally {
      enough.abort();
    }
  }
}
