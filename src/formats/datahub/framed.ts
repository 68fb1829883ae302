import { DecodeError } from '../../contract/errors.ts';
import type { DecodedEvent } from '../../contract/event.ts';
import type { Ignored } from '../../contract/format.ts';
import { withArticle } from '../../support/article.ts';
import { bufferOf } from '../../support/avro/buffer.ts';
import { exactJson } from '../../support/avro/exact-json.ts';
import type { ReaderOptions } from '../../support/avro/reader.ts';
import type { Schemas } from '../../support/avro/schemas.ts';
import { FRAME_BYTES } from '../../support/avro/wire.ts';
import { isObject, type JsonObject } from './avro.ts';
import { asItIs } from './bytes.ts';
import { changeLog, platformEvent } from './mxe.ts';

/*
 * Records of DataHub's Kafka topics: Avro in its binary encoding behind the id of the writer's schema. The schema's
 * name tells what a record is, so that any topic may carry any of them.
 */

/** DataHub's `bytes` are JSON text, and what is null counts as absent. */
export const READER: ReaderOptions = { bytes: 'utf8', omitNulls: true };

export function framedEvent(value: Uint8Array, schemas: Schemas | undefined): DecodedEvent | Ignored {
  if (schemas === undefined) {
    throw new DecodeError('the record is Avro, and there is no schema registry: give "schema_registry_url"');
  }
  const reader = schemas.readerFor(value);
  const name = reader.name.slice(reader.name.lastIndexOf('.') + 1);
  if (name !== 'PlatformEvent' && name !== 'MetadataChangeLog') {
    return { ignored: `Avro record ${reader.name.slice(0, 100)}` };
  }
  const bytes = bufferOf(value);
  const given = recordOf(reader.read(bytes, FRAME_BYTES), name);
  if (name === 'PlatformEvent') return platformEvent(given, asItIs);
  const event = changeLog(given, undefined, asItIs);
  if (reader.wasInexact()) {
    const exact = recordOf(reader.readExactly(bytes, FRAME_BYTES), name);
    event.text = exactJson(changeLog(exact, undefined, asItIs).data);
  }
  return event;
}

function recordOf(value: unknown, name: string): JsonObject {
  if (isObject(value)) return value;
  throw new DecodeError(`${withArticle(name)} must be a record, and here it is ${withArticle(typeof value)}`);
}
