import { defineAction } from '../../contract/define.ts';
import type { Event } from '../../contract/event.ts';
import { envelopeJson } from '../../support/events/envelope-json.ts';
import { indentedJson } from '../../support/events/json-indent.ts';
import { stdout } from '../../support/programs/stdout.ts';
import { writeEvents } from '../../support/programs/write-events.ts';

export default defineAction({
  name: 'hello_world',
  summary: 'Prints each event, as the action of the same name in DataHub Actions',
  guarantee: 'An event counts as done once it was written to standard output.',
  schema: {
    type: 'object',
    properties: {
      to_upper: {
        type: 'boolean',
        default: false,
        description: 'Prints the event in upper case.',
      },
    },
    additionalProperties: true,
  },
  create(config) {
    const greeting = (event: Event): string => {
      const text = indentedJson(envelopeJson(event));
      return `Hello world! Received event:\n${config.to_upper ? text.toUpperCase() : text}\n`;
    };
    return {
      batch: { maxEvents: 1000, maxBytes: 1024 * 1024, lingerMs: 0, keepsOrder: true },
      actBatch: (events) => writeEvents(events, greeting, (text) => stdout().write(text)),
      preview: (event) => greeting(event).trimEnd(),
      async close() {},
    };
  },
});
