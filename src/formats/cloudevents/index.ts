import { defineFormat } from '../../contract/define.ts';
import { cloudEventJson } from '../../support/events/cloudevents-json.ts';
import { textOf } from '../../support/lines/utf8.ts';
import { decodeCloudEvent } from './decode.ts';
import { literalsOf } from './literals.ts';

export default defineFormat({
  name: 'cloudevents',
  summary: 'each record is one CloudEvent 1.0 in the JSON format (structured mode)',
  schema: { type: 'object', properties: {} },
  create: () => ({
    decode: (record) => {
      const event = decodeCloudEvent(textOf(record.value));
      event.key ??= record.key;
      return event;
    },
    literals: literalsOf,
    encode: (event) => ({
      value: cloudEventJson(event),
      key: event.key,
      contentType: 'application/cloudevents+json',
    }),
  }),
});
