import { defineFormat } from '../../contract/define.ts';
import { registryProblems, registryProperties } from '../../support/avro/registry-config.ts';
import { AvroFormat } from './format.ts';

export default defineFormat({
  name: 'avro',
  summary: 'each record is Avro with its schema in a registry, framed as Confluent does',
  schema: { type: 'object', properties: registryProperties },
  check: (config) => {
    if (config.schema_registry_url !== undefined) return registryProblems(config);
    const message = 'the format avro needs a schema registry';
    return [{ path: [], message, fix: 'Give "schema_registry_url".' }, ...registryProblems(config)];
  },
  create: (config) => new AvroFormat(config),
});
