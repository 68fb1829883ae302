import { defineAction } from '../../contract/define.ts';
import type { Event } from '../../contract/event.ts';
import type { LogFields } from '../../contract/log.ts';
import { compileTemplate } from '../../support/expressions/template.ts';

export default defineAction({
  name: 'log',
  summary: 'Writes one log line per event',
  guarantee: 'An event counts as done once its line was handed to the log, which does not wait for a disk.',
  schema: {
    type: 'object',
    properties: {
      level: {
        enum: ['debug', 'info', 'warn', 'error'],
        default: 'info',
        description: 'Log level of the line. Below `--log-level` nothing is written.',
      },
      message: {
        type: 'string',
        template: true,
        default: 'event ${{ event.type }} ${{ event.id }}',
        description: 'The sentence, with `${{ CEL }}` in it.',
      },
      fields: {
        type: 'object',
        additionalProperties: { type: 'string', template: true },
        default: {},
        description: 'Fields behind the sentence: name to text with `${{ CEL }}` in it.',
        examples: [{ urn: '${{ event.data.entityUrn }}' }],
      },
    },
  },
  create(config, ctx) {
    const message = compileTemplate(config.message);
    const fields = Object.entries(config.fields).map(
      ([name, text]) => [name, compileTemplate(text)] as const,
    );
    const fieldsOf = (event: Event): LogFields =>
      Object.fromEntries(fields.map(([name, textOf]) => [name, textOf(event)]));
    const { level } = config;
    return {
      act(event) {
        if (ctx.log.enabled(level)) ctx.log[level](message(event), fieldsOf(event));
      },
      preview: (event) => `log ${level}: ${message(event)} ${JSON.stringify(fieldsOf(event))}`,
      async close() {},
    };
  },
});
