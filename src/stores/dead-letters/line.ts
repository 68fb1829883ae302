import type { DeadLetter, DeadLetterDetails } from '../../contract/dead-letter.ts';
import { redact } from '../../support/logging/redact.ts';

/**
 * One line of `failed_events.log`. DataHub's three keys come first, in its order. The event is the text that the
 * source gave, so that numbers keep their spelling; only what we say about it is redacted.
 */
export function letterLine(letter: DeadLetter): string {
  const type = JSON.stringify(letter.event_type);
  const event = eventText(letter.eventText);
  const meta = jsonOrNull(letter.meta);
  const evrun = jsonOrNull(redacted(withOriginal(letter)));
  return `{"event_type":${type},"event":${event},"meta":${meta},"evrun":${evrun}}\n`;
}

/** JSON on one line: valid JSON has line breaks only between its tokens. */
function eventText(text: string | undefined): string {
  return text !== undefined && isJson(text) ? text.replace(/[\r\n]+/g, ' ') : 'null';
}

/** Text that turned out not to be JSON would break the line; it is kept as bytes, so that nothing is lost. */
function withOriginal({ eventText: text, evrun }: DeadLetter): DeadLetterDetails {
  if (text === undefined || evrun.raw !== undefined || isJson(text)) return evrun;
  return { ...evrun, raw: Buffer.from(text).toString('base64') };
}

function redacted(details: DeadLetterDetails): DeadLetterDetails {
  return {
    ...details,
    step: redact(details.step),
    error: { ...details.error, message: redact(details.error.message) },
    attempts: details.attempts.map((attempt) => ({ ...attempt, error: redact(attempt.error) })),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function jsonOrNull(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    return 'null';
  }
}
