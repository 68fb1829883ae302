import type { Lag } from '../contract/source.ts';
import type { PipelineView } from '../contract/stats.ts';
import type { Host } from './host.ts';
import { type Moment, statusText } from './status-text.ts';

/**
 * What a person sees while pipelines run: one status line per pipeline, redrawn in place at the bottom of the
 * terminal, with log lines printed above it. Where stderr is no terminal there is nothing to redraw: with
 * `--progress always` a plain line is printed every few seconds.
 *
 * Everything that is written to the terminal meanwhile must go through `print` (or be a write to process.stdout),
 * else it lands in the middle of a status line.
 */
export interface Progress {
  /** Writes text to stderr, above the status lines. */
  print(text: string): void;
  /** Shows the pipelines from now on. */
  start(views: readonly PipelineView[]): void;
  /** Takes the status lines away. Idempotent. */
  stop(): void;
}

export type ProgressMode = 'auto' | 'always' | 'never';

const REDRAW_MS = 200;
const PLAIN_MS = 5_000;
const LAG_MS = 2_000;
/** The rate is that of the last few seconds, so that it neither jumps nor lags behind. */
const RATE_OVER_MS = 3_000;

const ERASE_LINE = '\r\u001b[2K';
const UP = '\u001b[1A';
const WRAP_OFF = '\u001b[?7l';
const WRAP_ON = '\u001b[?7h';

export function createProgress(host: Host, mode: ProgressMode): Progress {
  const terminal = host.errIsTerminal && host.env['TERM'] !== 'dumb';
  const live = mode !== 'never' && terminal;
  let views: readonly Watched[] = [];
  let timer: NodeJS.Timeout | undefined;
  let drawn = 0;
  /** Something printed to the same terminal left its line unfinished: a status line would be glued to it. */
  let midLine = false;

  const erased = () => {
    const text = drawn === 0 ? '' : ERASE_LINE + (UP + ERASE_LINE).repeat(drawn - 1);
    drawn = 0;
    return text;
  };
  const drawing = () => {
    if (midLine) return '';
    const { columns, rows } = host.size();
    const lines = views.slice(0, Math.max(1, rows - 2)).map((watched) => watched.text(columns, host.color));
    drawn = lines.length;
    return WRAP_OFF + lines.join('\n') + WRAP_ON;
  };
  const tick = () => {
    for (const watched of views) watched.look();
    if (live) host.err(erased() + drawing());
    else for (const watched of views) host.err(`${watched.text(Number.POSITIVE_INFINITY, false)}\n`);
  };

  let release: (() => void) | undefined;
  return {
    print: (text) => host.err(drawn === 0 ? text : erased() + text + drawing()),
    start(pipelines) {
      if (!live && mode !== 'always') return;
      views = pipelines.map((view) => new Watched(view));
      timer = setInterval(tick, live ? REDRAW_MS : PLAIN_MS).unref();
      if (live) {
        release = host.beforePrint((endsLine) => {
          host.errNow(erased());
          midLine = !endsLine;
        });
      }
    },
    stop() {
      clearInterval(timer);
      release?.();
      views = [];
      if (drawn > 0) host.err(erased());
    },
  };
}

/** One pipeline and what is remembered of it from one look to the next. */
class Watched {
  readonly #view: PipelineView;
  readonly #reads: [at: number, read: number][] = [];
  #lag: Lag | undefined;
  #lagAsked = false;

  constructor(view: PipelineView) {
    this.#view = view;
    this.look();
  }

  look(): void {
    const now = performance.now();
    this.#reads.push([now, this.#view.stats.read]);
    while (this.#reads.length > 2 && now - (this.#reads[0]?.[0] ?? now) > RATE_OVER_MS) this.#reads.shift();
    this.#askLag();
  }

  text(columns: number, color: boolean): string {
    return statusText(this.#view, this.#moment(), columns, color);
  }

  #moment(): Moment {
    const [firstAt, first] = this.#reads[0] ?? [0, 0];
    const [lastAt, last] = this.#reads.at(-1) ?? [0, 0];
    return { recentReads: last - first, overMs: lastAt - firstAt, lag: this.#lag };
  }

  /** Asking may be a request over the network: one at a time, and not at every redraw. */
  #askLag(): void {
    if (this.#lagAsked) return;
    this.#lagAsked = true;
    const again = () => setTimeout(() => (this.#lagAsked = false), LAG_MS).unref();
    this.#view
      .lag()
      .then(
        (lag) => {
          this.#lag = lag;
        },
        () => {
          this.#lag = undefined;
        },
      )
      .finally(again);
  }
}
