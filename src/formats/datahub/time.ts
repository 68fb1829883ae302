const DAY_MS = 86_400_000;
/** The last millisecond that RFC 3339, with its four digits for the year, can spell. */
const LAST_MS = 253_402_300_799_999;

let dayOfDate = Number.NaN;
let date = '';

/**
 * RFC 3339 text of milliseconds since 1970, as `Date.toISOString` spells it; undefined for what is not a time.
 * Neighbouring events are of one day, so its date is kept: this runs for every event.
 */
export function timeText(ms: unknown): string | undefined {
  if (typeof ms !== 'number' || !Number.isInteger(ms) || ms < 0 || ms > LAST_MS) return undefined;
  const day = Math.floor(ms / DAY_MS);
  if (day !== dayOfDate) {
    dayOfDate = day;
    date = new Date(ms).toISOString().slice(0, 11);
  }
  const rest = ms - day * DAY_MS;
  const hours = Math.floor(rest / 3_600_000);
  const minutes = Math.floor(rest / 60_000) % 60;
  const seconds = Math.floor(rest / 1000) % 60;
  return `${date}${TWO[hours]}:${TWO[minutes]}:${TWO[seconds]}.${THREE[rest % 1000]}Z`;
}

const TWO = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
const THREE = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));
