import { type Blanks, type Patterns, PLAIN_STRING, patternsFor } from '../../support/json/pattern.ts';
import type { Describing } from './describing.ts';

/** Deep enough for DataHub's own events. */
const DEPTH = 2;

/** What such a line begins with. */
export function lineStart(type: string, { comma, colon }: Blanks): string {
  return `{"event_type"${colon}"${type}"${comma}"event"${colon}`;
}

/**
 * Matches an envelope line of this type whose event has a key. Captures the event, the time of a stamp before the key,
 * the key in its quotes, nothing where a stamp stands behind the key, the time of that one, and the meta. A stamp that
 * is null has no time.
 */
export function linePattern(type: string, fields: Describing, blanks: Blanks): RegExp {
  const patterns = patternsFor(blanks);
  const start = lineStart(type, blanks).replace('{', String.raw`\{`);
  const meta = `"meta"${blanks.colon}(${patterns.object(DEPTH)})`;
  return new RegExp(String.raw`^${start}(${eventPattern(fields, patterns)})${blanks.comma}${meta}\}$`);
}

/**
 * Key and stamp are members of the event itself, the key comes once and the stamp at most once on either side of it
 * (of two the last one counts), and no name is spelled with escapes, which could hide them.
 */
function eventPattern({ key, stamp }: Describing, { value, comma, colon }: Patterns): string {
  const other = `(?!"(?:${key}|${stamp})")${PLAIN_STRING}${colon}${value(DEPTH)}`;
  const stamped = `"${stamp}"${colon}(?:null|${stampPattern({ value, comma, colon })})`;
  const before = `(?:${other}${comma})*(?:${stamped}${comma}(?:${other}${comma})*)?`;
  const behind = `(?:${comma}${other})*(?:${comma}()${stamped}(?:${comma}${other})*)?`;
  return String.raw`\{${before}"${key}"${colon}(${PLAIN_STRING})${behind}\}`;
}

/** An object with one `time`, in milliseconds since 1970, which is captured. */
function stampPattern({ value, comma, colon }: Pick<Patterns, 'value' | 'comma' | 'colon'>): string {
  const other = `(?!"time")${PLAIN_STRING}${colon}${value(0)}`;
  return String.raw`\{(?:${other}${comma})*"time"${colon}(0|[1-9]\d*)(?:${comma}${other})*\}`;
}
