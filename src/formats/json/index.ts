import { defineFormat } from '../../contract/define.ts';
import { JsonFormat } from './format.ts';

export default defineFormat({
  name: 'json',
  summary: 'each record is one JSON value, which becomes the data of an event',
  schema: {
    type: 'object',
    properties: {
      event_type: {
        type: 'string',
        minLength: 1,
        default: 'json',
        description: 'The type that every event gets.',
      },
      key: {
        type: 'string',
        minLength: 1,
        pattern: '^[^.]+(\\.[^.]+)*$',
        description:
          'Path of the member that holds the key, names separated by dots (`order.customer_id`): events with the same key stay in order.',
        examples: ['order.customer_id'],
      },
    },
  },
  create: (config) => new JsonFormat(config),
});
