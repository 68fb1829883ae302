import { EvrunError } from '../../contract/errors.ts';
import { SchemaRegistry } from '../../support/avro/registry.ts';
import { parseSchema } from '../../support/avro/schema.ts';
import { framed } from '../../support/avro/wire.ts';
import { type AvroWriter, avroWriter } from '../../support/avro/writer.ts';
import { connectionSchema } from '../../support/kafka/connection-schema.ts';
import type { KafkaConfig } from './schema.ts';

/**
 * Data as Avro, framed as Confluent's serializers do it. The schema of a subject is looked up before the first event
 * that needs it: registered, if the recipe gives one, else the newest one that is there, asked for again every few
 * minutes.
 */
export interface AvroValues {
  /** Fetches what these topics need. Throws EvrunError: an outage of the registry, or a refusal. */
  prepare(topics: Iterable<string>, signal: AbortSignal): Promise<void>;
  /** Throws EvrunError where the data does not fit the schema. */
  encode(topic: string, data: unknown): Uint8Array;
  close(): Promise<void>;
}

interface Known {
  readonly id: number;
  readonly write: AvroWriter;
  readonly until: number;
}

const NEWEST_MS = 300_000;
const MOST_SUBJECTS = 10_000;

export function avroValues(config: KafkaConfig): AvroValues {
  const { connection, schema, schema_subject: given, register_schemas: register } = config;
  const registry = new SchemaRegistry({
    schema_registry_url:
      connection?.schema_registry_url ?? connectionSchema.properties.schema_registry_url.default,
    schema_registry_config: connection?.schema_registry_config,
  });
  const known = new Map<string, Known>();
  const subjectOf = (topic: string) => given ?? `${topic}-value`;

  async function fetch(subject: string, signal: AbortSignal): Promise<Known> {
    if (schema !== undefined) {
      const id = await registry.schemaId(subject, schemaText(schema), { register, signal });
      if (id === undefined)
        throw missing(`the schema is not registered under ${subject}, and register_schemas is false`);
      return { id, write: writerOf(schema), until: Number.POSITIVE_INFINITY };
    }
    const newest = await registry.version(subject, 'latest', signal);
    if (newest?.id === undefined)
      throw missing(`no schema is registered under ${subject}. Register one, or write it into \`schema\``);
    if (newest.type !== 'AVRO') throw missing(`the schema of ${subject} is ${newest.type}, expected AVRO`);
    if (newest.references.length > 0)
      throw missing(`the schema of ${subject} refers to others. Write it as one into \`schema\``);
    return { id: newest.id, write: writerOf(newest.text), until: Date.now() + NEWEST_MS };
  }

  return {
    async prepare(topics, signal) {
      for (const topic of topics) {
        const subject = subjectOf(topic);
        const found = known.get(subject);
        if (found !== undefined && Date.now() < found.until) continue;
        if (known.size >= MOST_SUBJECTS) known.clear();
        known.set(subject, await fetch(subject, signal));
      }
    },
    encode(topic, data) {
      const { id, write } = known.get(subjectOf(topic)) as Known;
      return framed(id, write(data));
    },
    close: () => registry.close(),
  };
}

/** Throws EvrunError where it is no Avro schema. */
export function writerOf(schema: unknown): AvroWriter {
  return avroWriter(parseSchema(schemaText(schema)));
}

/** A type's bare name is JSON text only in quotes. */
function schemaText(schema: unknown): string {
  if (typeof schema !== 'string') return JSON.stringify(schema);
  return /^\w+$/.test(schema) ? JSON.stringify(schema) : schema;
}

function missing(message: string): EvrunError {
  return new EvrunError('EVR_ACTION', `mode avro: ${message}`);
}
