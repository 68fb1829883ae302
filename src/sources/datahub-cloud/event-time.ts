const TIMESTAMP = /"timestampMillis"\s*:\s*(?:\{\s*"long"\s*:\s*)?(\d+)/;

/** When the event in a poll API value happened, in milliseconds since 1970; undefined where it does not say. */
export function eventTime(value: string): number | undefined {
  // In a platform event the header stands outside of the payload, whose own quotes are escaped.
  const header = TIMESTAMP.exec(value);
  if (header !== null) return Number(header[1]);
  try {
    return numberOf(inner(inner(JSON.parse(value), 'created', 'AuditStamp'), 'time', ''));
  } catch {
    return undefined;
  }
}

/** A member, taken out of the one-key wrapper that Avro puts around a union. */
function inner(value: unknown, name: string, record: string): unknown {
  const found = (value as Record<string, unknown> | null | undefined)?.[name];
  if (typeof found !== 'object' || found === null) return found;
  const entries = Object.entries(found);
  const only = entries.length === 1 ? entries[0] : undefined;
  return only !== undefined && (only[0] === 'long' || (record !== '' && only[0].endsWith('.' + record)))
    ? only[1]
    : found;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
