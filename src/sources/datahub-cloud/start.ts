import type { Start } from '../../contract/source.ts';
import type { Resumption } from './stored.ts';

const DAY_MS = 86_400_000;
/** Longer than any topic is kept. */
const EARLIEST_DAYS = 3650;
/** How far the clocks of DataHub and of this machine may be apart. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Where one topic begins. */
export interface Beginning {
  readonly offset: string | undefined;
  /** Without an offset: how far back the server shall begin; undefined = at the end. The server knows whole days. */
  readonly lookbackDays: number | undefined;
  /** Events before this are not wanted; milliseconds since 1970. */
  readonly since: number | undefined;
  /** What a start without an offset goes back to, so that a crash before the first page is done loses nothing. */
  readonly floor: number;
  /**
   * What a crash before the first page is done must not bring up: events before this. Undefined after a look back
   * of days, for that goes by an event's place in the topic, and one that was filled in late tells an older time.
   */
  readonly unwantedBefore: number | undefined;
}

/** `stored`: what there is to resume at; undefined where nothing is stored or what is shall not count. */
export function beginningOf(stored: Resumption | undefined, start: Start, now: number): Beginning {
  if (stored !== undefined) return resumed(stored, now);
  const begin = fresh(start, now);
  const days = begin.lookbackDays ?? 0;
  const floor = begin.since ?? (days >= EARLIEST_DAYS ? 0 : now - days * DAY_MS - CLOCK_TOLERANCE_MS);
  return { ...begin, floor, unwantedBefore: begin.since ?? (days === 0 ? floor : undefined) };
}

type Begin = Omit<Beginning, 'floor' | 'unwantedBefore'>;

function resumed({ offset, since, floor = since ?? 0 }: Resumption, now: number): Beginning {
  const lookbackDays = offset === undefined ? daysSince(floor, now) : undefined;
  return { offset, since, lookbackDays, floor, unwantedBefore: since };
}

function fresh({ point, lookbackDays }: Start, now: number): Begin {
  const none = { offset: undefined, since: undefined, lookbackDays: undefined };
  if (lookbackDays !== undefined) return lookbackDays > 0 ? { ...none, lookbackDays } : none;
  if (point.at === 'latest') return none;
  if (point.at === 'earliest') return { ...none, lookbackDays: EARLIEST_DAYS };
  return { ...none, since: point.time, lookbackDays: daysSince(point.time, now) };
}

/** Undefined for a time that is still to come. */
function daysSince(time: number, now: number): number | undefined {
  if (time <= 0) return EARLIEST_DAYS;
  const days = Math.ceil((now - time) / DAY_MS);
  return days < 1 ? undefined : Math.min(days, EARLIEST_DAYS);
}
