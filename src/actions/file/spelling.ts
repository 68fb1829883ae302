import type { Event } from '../../contract/event.ts';
import { type EventFormat, eventLine } from '../../support/events/event-line.ts';
import { compileTemplate } from '../../support/expressions/template.ts';

/** Spells an event as one line, its newline included. */
export function spelling(format: EventFormat | 'text', line: string | undefined): (event: Event) => string {
  const spell = format === 'text' ? (line === undefined ? textOf : compileTemplate(line)) : eventLine(format);
  return (event) => `${spell(event)}\n`;
}

const dataLine = eventLine('data');

/** Text as it is, bytes as UTF-8, everything else as JSON. */
function textOf(event: Event): string {
  const { data } = event;
  if (typeof data === 'string') return data;
  return data instanceof Uint8Array ? Buffer.from(data).toString() : dataLine(event);
}
