const MS_PER_DAY = 86_400_000;
const SECONDS_PER_DAY = 86_400;
/** 0001-01-01 and 9999-12-31, between which protobuf's Timestamp must lie. */
const FIRST_SECOND = -62_135_596_800;
const LAST_SECOND = 253_402_300_799;

const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
let lastDay = Number.NaN;
let lastDayText = '';

/**
 * RFC 3339 text of a protobuf Timestamp with every digit of its nanoseconds: `2026-11-20T12:34:56.123456789Z`.
 * `fraction`: `short` drops zeros at the end, as Go writes a time; `jsonpb` has 0, 3, 6 or 9 digits.
 * Undefined where it is no time of the years 1 to 9999.
 */
export function timestampText(
  seconds: number,
  nanos: number,
  fraction: 'short' | 'jsonpb' = 'short',
): string | undefined {
  if (!(seconds >= FIRST_SECOND && seconds <= LAST_SECOND && nanos >= 0 && nanos <= 999_999_999)) return;
  const day = Math.floor(seconds / SECONDS_PER_DAY);
  // Most events in a row are of one day, and making its text is the expensive part.
  if (day !== lastDay) {
    lastDay = day;
    lastDayText = new Date(day * MS_PER_DAY).toISOString().slice(0, 11);
  }
  const second = seconds - day * SECONDS_PER_DAY;
  const minute = Math.floor(second / 60);
  const time = `${TWO_DIGITS[Math.floor(minute / 60)]}:${TWO_DIGITS[minute % 60]}:${TWO_DIGITS[second % 60]}`;
  return `${lastDayText}${time}${fractionText(nanos, fraction)}Z`;
}

/** `.5`, or `.500` in jsonpb; empty for 0. `nanos` from 0 to 999,999,999. */
export function fractionText(nanos: number, fraction: 'short' | 'jsonpb'): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  if (fraction === 'short') return `.${digits.replace(/0+$/, '')}`;
  return `.${digits.endsWith('000000') ? digits.slice(0, 3) : digits.endsWith('000') ? digits.slice(0, 6) : digits}`;
}
