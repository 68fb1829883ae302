import { defineFormat } from '../../contract/define.ts';
import { TextFormat } from './format.ts';

export default defineFormat({
  name: 'text',
  summary: 'each record is text, which becomes the data of an event as a string',
  schema: {
    type: 'object',
    properties: {
      event_type: {
        type: 'string',
        minLength: 1,
        default: 'text',
        description: 'The type that every event gets.',
      },
    },
  },
  create: (config) => new TextFormat(config.event_type),
});
