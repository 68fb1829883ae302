import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import { kafkaBinary, kafkaStructured } from '../../support/events/cloudevents-kafka.ts';
import { eventLine } from '../../support/events/event-line.ts';
import { compileTemplate, compileValueTemplate } from '../../support/expressions/template.ts';
import type { OutMessage } from '../../support/kafka/producer.ts';
import { type AvroValues, avroValues } from './avro.ts';
import type { KafkaConfig } from './schema.ts';
import { fixedText, topicProblem } from './text.ts';

/** A record that may still lack its value: Avro needs the schema registry first. */
export interface Draft extends Omit<OutMessage, 'value'> {
  readonly value: OutMessage['value'] | undefined;
  readonly event: Event;
}

export interface RecordMaker {
  /** Everything that needs no server. Throws EvrunError: the event cannot be written. */
  describe(event: Event): Draft;
  /** Undefined unless `mode: avro`. */
  readonly avro: AvroValues | undefined;
  close(): Promise<void>;
}

interface Body {
  readonly key: string | undefined;
  readonly value: OutMessage['value'] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Prepares what is the same for all events. */
export function recordMaker(config: KafkaConfig): RecordMaker {
  const avro = config.mode === 'avro' ? avroValues(config) : undefined;
  const body = BODIES[config.mode];
  const topic = topicOf(config.topic);
  const key = config.key === undefined ? undefined : compileTemplate(config.key);
  const partition = partitionOf(config.partition);
  const headers = Object.entries(config.headers).map(
    ([name, text]) => [name, compileTemplate(text)] as const,
  );
  return {
    avro,
    describe(event) {
      const made = body(event);
      return {
        event,
        topic: topic(event),
        // Empty text is no key: records with one would all go to one partition.
        key: (key === undefined ? made.key : key(event)) || undefined,
        partition: partition?.(event),
        value: made.value,
        headers: headers.length === 0 ? made.headers : withOwn(made.headers, headers, event),
      };
    },
    close: async () => avro?.close(),
  };
}

const envelope = eventLine('envelope');
const dataLine = eventLine('data');

const BODIES: Readonly<Record<KafkaConfig['mode'], (event: Event) => Body>> = {
  binary: kafkaBinary,
  structured: kafkaStructured,
  event: (event) => ({ key: event.key, value: envelope(event) }),
  json: (event) => ({ key: event.key, value: event.data === undefined ? null : dataLine(event) }),
  avro: (event) => ({ key: event.key, value: event.data === undefined ? null : undefined }),
};

function withOwn(
  headers: Body['headers'],
  own: readonly (readonly [string, (event: Event) => string])[],
  event: Event,
): Readonly<Record<string, string>> {
  const all: Record<string, string> = { ...headers };
  for (const [name, value] of own) all[name] = value(event);
  return all;
}

function topicOf(text: string): (event: Event) => string {
  const fixed = fixedText(text);
  if (fixed !== undefined) return () => fixed;
  const template = compileTemplate(text);
  return (event) => {
    const name = template(event);
    const problem = topicProblem(name);
    if (problem !== undefined) throw new EvrunError('EVR_ACTION', `topic: ${problem}`);
    return name;
  };
}

function partitionOf(given: KafkaConfig['partition']): ((event: Event) => number) | undefined {
  if (given === undefined) return undefined;
  const value = compileValueTemplate(given);
  return (event) => {
    const number = value(event);
    if (/^\d{1,9}$/.test(String(number))) return Number(number);
    throw new EvrunError(
      'EVR_ACTION',
      `partition: expected a whole number from 0 on, got ${JSON.stringify(number) ?? 'nothing'}`,
    );
  };
}
