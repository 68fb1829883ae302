import { defineFormat } from '../../contract/define.ts';
import { cloudEventJson } from '../../support/events/cloudevents-json.ts';
import { literalsOf } from './literals.ts';
import { decodeRecord } from './record.ts';

export default defineFormat({
  name: 'cloudevents',
  summary: 'each record is one CloudEvent 1.0: in JSON, or with its attributes in the record’s headers',
  schema: {
    type: 'object',
    properties: {
      mode: {
        type: 'string',
        enum: ['auto', 'structured', 'binary'],
        default: 'auto',
        description:
          'Where the attributes are: `structured` in the JSON of the record, `binary` in its headers, `auto` to see it in each record. With `structured` more records are dropped unparsed by their type.',
      },
    },
  },
  create: ({ mode }) => ({
    decode: (record) => decodeRecord(record, mode),
    literals: (filter) => literalsOf(filter, mode),
    encode: (event) => ({
      value: cloudEventJson(event),
      key: event.key,
      contentType: 'application/cloudevents+json',
    }),
  }),
});
