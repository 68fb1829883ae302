import { DecodeError, EvrunError, messageOf } from '../../contract/errors.ts';
import type { SourceRecord } from '../../contract/source.ts';
import { type AvroReader, avroReader, type ReaderOptions } from './reader.ts';
import type { RegisteredSchema } from './registry.ts';
import { type Names, parseSchema } from './schema.ts';
import { isFramed, schemaIdOf } from './wire.ts';

/*
 * The writers' schemas of framed records: `prepare` fetches what a batch needs and does not have, `readerFor` gives
 * it. A schema's id never changes its meaning, so what is known stays known. What the registry does not know, or
 * what is no Avro schema, is an answer, too: its records are poison, and it is not asked for again for a while. A
 * registry that is away is an error of `prepare`, and the batch waits.
 */

/** Where schemas come from: a SchemaRegistry. */
export interface SchemaSource {
  schema(id: number, signal?: AbortSignal): Promise<RegisteredSchema | undefined>;
  version(subject: string, version: number, signal?: AbortSignal): Promise<RegisteredSchema | undefined>;
}

export interface SchemasOptions {
  readonly reader?: ReaderOptions;
  /** Milliseconds from any start; default the process's. */
  readonly now?: () => number;
}

interface Entry {
  readonly reader: AvroReader | undefined;
  /** Why there is no reader. */
  readonly problem: string;
  /** When it may be asked for again. */
  readonly until: number;
}

/** How long an id without a schema stays one. */
const FORGET_AFTER_MS = 30_000;
const MOST_SCHEMAS = 2000;
const MOST_REFERENCES = 1000;
const REQUESTS_AT_ONCE = 4;
const LARGEST_ID = 2 ** 31 - 1;
const NEVER = Number.POSITIVE_INFINITY;

export class Schemas {
  private readonly source: SchemaSource;
  private readonly options: SchemasOptions;
  private readonly now: () => number;
  private readonly entries = new Map<number, Entry>();

  constructor(source: SchemaSource, options: SchemasOptions = {}) {
    this.source = source;
    this.options = options;
    this.now = options.now ?? (() => performance.now());
  }

  /** Costs next to nothing while all schemas are known. Throws what the registry throws. */
  async prepare(records: readonly SourceRecord[], signal?: AbortSignal): Promise<void> {
    let missing = this.missing(records);
    if (missing.length === 0) return;
    if (this.entries.size + missing.length > MOST_SCHEMAS) {
      this.entries.clear();
      missing = this.missing(records);
    }
    const fetching = Array.from({ length: Math.min(REQUESTS_AT_ONCE, missing.length) }, async () => {
      for (let id = missing.pop(); id !== undefined; id = missing.pop()) {
        this.entries.set(id, await this.fetch(id, signal));
      }
    });
    await Promise.all(fetching);
  }

  /** Throws DecodeError where the record's schema is not known, or no Avro. */
  readerFor(value: Uint8Array): AvroReader {
    const id = schemaIdOf(value);
    const entry = this.entries.get(id);
    if (entry?.reader !== undefined) return entry.reader;
    throw new DecodeError(`schema ${id}: ${entry?.problem ?? 'it was not fetched'}`);
  }

  /** Ids of the records' schemas that have to be asked for. */
  private missing(records: readonly SourceRecord[]): number[] {
    let found: Set<number> | undefined;
    const now = this.now();
    let last = -1;
    for (const record of records) {
      const value = keptValue(record);
      if (value === undefined || !isFramed(value)) continue;
      const id = schemaIdOf(value);
      if (id === last) continue;
      last = id;
      const entry = this.entries.get(id);
      if (entry !== undefined && now < entry.until) continue;
      found ??= new Set();
      found.add(id);
    }
    return found === undefined ? [] : [...found];
  }

  private async fetch(id: number, signal: AbortSignal | undefined): Promise<Entry> {
    const found = id > LARGEST_ID ? undefined : await this.source.schema(id, signal);
    if (found === undefined) return this.without('the schema registry does not know it');
    if (found.type !== 'AVRO') return this.without(`it is ${found.type}, and only AVRO is read here`);
    try {
      const names: Names = new Map();
      await this.refer(found, names, new Set(), signal);
      const schema = parseSchema(found.text, names);
      return { reader: avroReader(schema, this.options.reader), problem: '', until: NEVER };
    } catch (error) {
      if (!(error instanceof RangeError) && !(error instanceof EvrunError && error.code === 'EVR_RECIPE'))
        throw error;
      return this.without(`it is no Avro schema: ${messageOf(error)}`);
    }
  }

  /** Puts the types that a schema refers to into `names`, first those that they refer to themselves. */
  private async refer(
    { references }: RegisteredSchema,
    names: Names,
    seen: Set<string>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (const { subject, version } of references) {
      const key = `${subject}\n${version}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size > MOST_REFERENCES) throw bad(`it refers to more than ${MOST_REFERENCES} others`);
      const found = await this.source.version(subject, version, signal);
      if (found === undefined)
        throw bad(`it refers to version ${version} of "${subject}", which is not there`);
      await this.refer(found, names, seen, signal);
      parseSchema(found.text, names);
    }
  }

  private without(problem: string): Entry {
    return { reader: undefined, problem, until: this.now() + FORGET_AFTER_MS };
  }
}

/** A record that was too long to be kept throws when it is read: decoding it tells why. */
function keptValue(record: SourceRecord): Uint8Array | string | undefined {
  try {
    return record.value;
  } catch {
    return undefined;
  }
}

function bad(sentence: string): EvrunError {
  return new EvrunError('EVR_RECIPE', sentence);
}
