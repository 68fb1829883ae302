import type { Clock } from '../../contract/clock.ts';
import type { Line } from './log-line.ts';

/**
 * A failing server makes the same warning a thousand times a second. The first is shown at once; its equals within
 * the next second are counted, and one more line says how many there were.
 */

const WINDOW_MS = 1000;
/** Different warnings followed at once; beyond that they are shown as they come. */
const MAX_FOLLOWED = 256;

interface Followed {
  readonly line: Line;
  readonly until: number;
  repeats: number;
}

export interface Repeats {
  /** True: `line` is a repetition and must not be shown. */
  repeated(line: Line): boolean;
  /** Shows the counts that are still owed. */
  flush(): void;
}

/** `show` gets the lines with the counts. */
export function repeatFilter(clock: Clock, show: (line: Line) => void): Repeats {
  const followed = new Map<string, Followed>();
  let timer: NodeJS.Timeout | undefined;

  function close(all: boolean): void {
    const now = clock.now();
    for (const [key, entry] of followed) {
      if (!all && now < entry.until) continue;
      followed.delete(key);
      if (entry.repeats > 0) show(counted(entry, now));
    }
    if (followed.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  }

  return {
    repeated(line) {
      const key = `${line.level} ${line.sentence} ${JSON.stringify(line.fields)}`;
      const entry = followed.get(key);
      if (entry !== undefined && line.time < entry.until) {
        entry.repeats++;
        return true;
      }
      close(false);
      if (followed.size >= MAX_FOLLOWED) return false;
      followed.set(key, { line, until: line.time + WINDOW_MS, repeats: 0 });
      timer ??= setInterval(() => close(false), WINDOW_MS).unref();
      return false;
    },
    flush: () => close(true),
  };
}

function counted({ line, repeats }: Followed, time: number): Line {
  const times = repeats === 1 ? 'once more' : `${repeats} times more`;
  return { ...line, time, sentence: `${line.sentence} (${times} within a second)` };
}
