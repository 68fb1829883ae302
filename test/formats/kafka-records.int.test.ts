import type { KafkaMessage, Message } from 'kafkajs';
import { afterAll, expect, it } from 'vitest';
import { Envelope } from '../../src/contract/envelope.ts';
import type { DecodedEvent } from '../../src/contract/event.ts';
import type { Format, Ignored } from '../../src/contract/format.ts';
import type { Headers, SourceRecord } from '../../src/contract/source.ts';
import { loadConnector } from '../../src/registry.ts';
import { SchemaRegistry } from '../../src/support/avro/registry.ts';
import { parseSchema } from '../../src/support/avro/schema.ts';
import { framed } from '../../src/support/avro/wire.ts';
import { avroWriter } from '../../src/support/avro/writer.ts';
import { kafkaBinary, kafkaStructured } from '../../src/support/events/cloudevents-kafka.ts';
import { needs } from '../services/describe.ts';
import { sharedKafka } from '../services/kafka.ts';
import { sharedRegistry } from '../services/registry.ts';
import { checked } from '../suites/parts.ts';
import { eventOf } from '../support/events.ts';

const describeWithBoth = await needs('kafka', 'registry');
const opened: Format[] = [];
afterAll(async () => {
  for (const format of opened) await format.close?.();
});

describeWithBoth('records that went through a real broker', () => {
  it('are read by every format as they were written', async () => {
    const { url } = await sharedRegistry();
    const registry = new SchemaRegistry({ schema_registry_url: url });
    const schema = {
      type: 'record',
      name: 'x.Order',
      fields: [
        { name: 'n', type: 'long' },
        { name: 'note', type: ['null', 'string'] },
      ],
    };
    const id = (await registry.schemaId('kafka-records-value', JSON.stringify(schema))) as number;
    await registry.close();
    const write = avroWriter(parseSchema(JSON.stringify(schema)));

    const event = eventOf({
      subject: 'Grüße 100%',
      key: 'k',
      data: { a: 1 },
      extensions: { partitionkey: 'k' },
    });
    const records = await throughKafka([
      { key: 'k', value: framed(id, write({ n: 2n ** 60n + 1n, note: 'é' })) },
      { key: 'k', value: null },
      { key: 'k', value: framed(id + 100_000, Buffer.of(0)) },
      kafkaBinary(event) as Message,
      kafkaStructured(event) as Message,
      { value: '{"a":1}', headers: { twice: ['1', '2'], raw: Buffer.of(0xff) } },
      { value: '' },
    ]);

    const avro = await decoded('avro', records, { schema_registry_url: url });
    expect(avro[0]).toMatchObject({ type: 'x.Order', key: 'k', data: { n: 2 ** 60, note: 'é' } });
    expect((avro[0] as Envelope).dataText).toBe('{"n":1152921504606846977,"note":"é"}');
    expect(avro[1]).toMatchObject({ type: 'tombstone', key: 'k', data: undefined });
    expect(avro[2]).toMatch(/schema \d+: the schema registry does not know it/);
    expect(avro[3]).toMatch(/expected a byte 0/);

    const cloudevents = await decoded('cloudevents', records);
    expect(cloudevents[1]).toEqual({ ignored: 'tombstone' });
    for (const one of cloudevents.slice(3, 5)) {
      expect(one).toBeInstanceOf(Envelope);
      expect(one).toMatchObject({ id: '1', subject: 'Grüße 100%', key: 'k', data: { a: 1 } });
    }
    expect(cloudevents[5]).toMatch(/"specversion" is missing/);

    const datahub = await decoded('datahub', records, { schema_registry_url: url });
    expect(datahub.slice(0, 2)).toEqual([{ ignored: 'Avro record x.Order' }, { ignored: 'tombstone' }]);

    const json = await decoded('json', records);
    expect(json[1]).toMatchObject({ type: 'json', key: 'k', data: undefined });
    expect(json[5]).toMatchObject({ data: { a: 1 } });
    expect(json[6]).toMatch(/empty/);
    expect((await decoded('text', records))[6]).toMatchObject({ data: '' });
  }, 180_000);
});

/** What a format makes of each record: an event, why it is ignored, or why it is poison. */
async function decoded(name: string, records: readonly SourceRecord[], config = {}) {
  const definition = await loadConnector('format', name);
  if (definition?.kind !== 'format') throw new Error(`no format ${name}`);
  const format = definition.create(checked(definition, config) as never);
  opened.push(format);
  await format.prepare?.(records, new AbortController().signal);
  return records.map((record): DecodedEvent | Ignored | string => {
    try {
      return format.decode(record);
    } catch (error) {
      return (error as Error).message;
    }
  });
}

async function throughKafka(messages: Message[]): Promise<SourceRecord[]> {
  const cluster = await sharedKafka();
  const topic = 'formats-kafka-records';
  await cluster.createTopic(topic);
  const kafka = cluster.oracle();
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages });
  await producer.disconnect();
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 300 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const found: KafkaMessage[] = [];
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: async ({ message }) => {
          if (found.push(message) === messages.length) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return found.map(({ key, value, headers }) => ({
    value: value ?? '',
    tombstone: value === null,
    key: key?.toString(),
    headers: headers as Headers,
    meta: {},
  }));
}
