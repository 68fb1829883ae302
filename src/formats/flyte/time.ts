const MS_PER_MINUTE = 60_000;
/** 0001-01-01 and 9999-12-31, between which protobuf's Timestamp must lie. */
const FIRST_SECOND = -62_135_596_800;
const LAST_SECOND = 253_402_300_799;

const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
let lastMinute = Number.NaN;
let lastMinuteText = '';

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
  const minute = Math.floor(seconds / 60);
  // Most events in a row are of one minute, and making its text is the expensive part.
  if (minute !== lastMinute) {
    lastMinute = minute;
    lastMinuteText = new Date(minute * MS_PER_MINUTE).toISOString().slice(0, 17);
  }
  return `${lastMinuteText}${TWO_DIGITS[seconds - minute * 60]}${fractionText(nanos, fraction)}Z`;
}

/** `.5`, or `.500` in jsonpb; empty for 0. `nanos` from 0 to 999,999,999. */
export function fractionText(nanos: number, fraction: 'short' | 'jsonpb'): string {
  if (nanos === 0) return '';
  const last = fraction === 'short' ? TRIMMED : THREE_DIGITS;
  const millis = Math.floor(nanos / 1_000_000);
  const micros = Math.floor(nanos / 1000) % 1000;
  const rest = nanos % 1000;
  if (rest !== 0) return `.${THREE_DIGITS[millis]}${THREE_DIGITS[micros]}${last[rest]}`;
  return micros === 0 ? `.${last[millis]}` : `.${THREE_DIGITS[millis]}${last[micros]}`;
}

const THREE_DIGITS = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));
/** Without zeros at the end. */
const TRIMMED = THREE_DIGITS.map((digits) => digits.replace(/0+$/, ''));
