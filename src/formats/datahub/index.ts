import { defineFormat } from '../../contract/define.ts';
import { envelopeJson } from '../../support/events/envelope-json.ts';
import { bytesReader } from './bytes.ts';
import { decodeRecord } from './decode.ts';
import { literalsOf } from './literals.ts';

export default defineFormat({
  name: 'datahub',
  summary: "DataHub's events: envelope lines, and what its poll API and its topics carry",
  schema: {
    type: 'object',
    properties: {
      shape: {
        type: 'string',
        enum: ['auto', 'envelope', 'poll'],
        default: 'auto',
        description:
          'What the records are: `envelope` for lines with `event_type`, `event` and `meta`, `poll` for values of ' +
          'the events API in the JSON encoding of Avro, `auto` to see it in each record.',
      },
    },
  },
  create({ shape }) {
    const bytes = bytesReader(process.env['DATAHUB_AVRO_BYTES_ENCODING']);
    return {
      decode: (record) => decodeRecord(record, shape, bytes),
      literals: (filter) => literalsOf(filter, shape),
      encode: (event) => ({ value: envelopeJson(event), key: event.key, contentType: 'application/json' }),
    };
  },
});
