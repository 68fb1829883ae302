import { defineFormat } from '../../contract/define.ts';
import { SchemaRegistry } from '../../support/avro/registry.ts';
import { registryProblems, registryProperties } from '../../support/avro/registry-config.ts';
import { Schemas } from '../../support/avro/schemas.ts';
import { envelopeJson } from '../../support/events/envelope-json.ts';
import { bytesReader } from './bytes.ts';
import { decodeRecord } from './decode.ts';
import { READER } from './framed.ts';
import { Habit } from './habit.ts';
import { literalsOf } from './literals.ts';

export default defineFormat({
  name: 'datahub',
  summary: "DataHub's events: envelope lines, and what its poll API and its topics carry",
  schema: {
    type: 'object',
    properties: {
      ...registryProperties,
      shape: {
        type: 'string',
        enum: ['auto', 'envelope', 'poll'],
        default: 'auto',
        description:
          'What records in JSON are: `envelope` for lines with `event_type`, `event` and `meta`, `poll` for values of ' +
          'the events API in the JSON encoding of Avro, `auto` to see it in each record.',
      },
    },
  },
  check: registryProblems,
  create(config) {
    const { shape, schema_registry_url: url } = config;
    const bytes = bytesReader(process.env['DATAHUB_AVRO_BYTES_ENCODING']);
    const registry = url === undefined ? undefined : new SchemaRegistry(config);
    const schemas = registry && new Schemas(registry, { reader: READER });
    const reading = { wire: shape, bytes, schemas, habit: new Habit() };
    return {
      // Without a registry there is nothing to prepare, and no batch waits for it.
      ...(schemas && { prepare: (records, signal) => schemas.prepare(records, signal) }),
      decode: (record) => decodeRecord(record, reading),
      literals: (filter) => literalsOf(filter, shape),
      encode: (event) => ({ value: envelopeJson(event), key: event.key, contentType: 'application/json' }),
      close: async () => registry?.close(),
    };
  },
});
