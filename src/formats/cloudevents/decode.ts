import { Envelope } from '../../contract/envelope.ts';
import { DecodeError } from '../../contract/errors.ts';
import type { ExtensionValue } from '../../contract/event.ts';
import {
  attributeProblem,
  extensionProblem,
  isJsonType,
} from '../../support/events/cloudevents-attributes.ts';
import { jsonError } from '../../support/events/json-error.ts';
import { memberText } from '../../support/events/json-member.ts';

/**
 * Reads one CloudEvent in the JSON format (CloudEvents 1.0.2, JSON format §2 and §3). Strict: what breaks a rule is
 * not guessed at. An attribute that is null is absent; `data` is the JSON value itself, a string is not parsed again.
 * Throws DecodeError naming the attribute.
 */
export function decodeCloudEvent(text: string): Envelope {
  const members = parse(text);
  checkRequired(members);
  const event = new CloudEventEnvelope(members['type'] as string, dataOf(members), text);
  readAttributes(members, event);
  return event;
}

const REQUIRED = ['id', 'source', 'type'] as const;

/** Attributes by name (and `data`, which is none), not yet checked. */
export type Members = Readonly<Record<string, unknown>>;

/** Version, id, source and type are there and right. Throws DecodeError. */
export function checkRequired(members: Members): void {
  if (members['specversion'] !== '1.0') throw wrong('specversion', versionProblem(members['specversion']));
  for (const name of REQUIRED) check(name, members[name]);
}

function parse(text: string): Members {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new DecodeError(`the record is not a CloudEvent in JSON: ${jsonError(text)}`, error);
  }
  if (Array.isArray(parsed)) {
    throw new DecodeError(
      'expected one CloudEvent in each record, got a list: a batch must be taken apart first',
    );
  }
  if (typeof parsed !== 'object' || parsed === null) {
    throw new DecodeError('expected a CloudEvent, a JSON object with id, source, type and specversion');
  }
  return parsed as Members;
}

function versionProblem(version: unknown): string {
  if (version === undefined || version === null) return 'is missing: this is no CloudEvent';
  return `must be "1.0", got ${JSON.stringify(version).slice(0, 40)}`;
}

function check(name: string, value: unknown): void {
  const problem = attributeProblem(name, value);
  if (problem !== undefined) throw wrong(name, problem);
}

export function wrong(name: string, problem: string): DecodeError {
  return new DecodeError(`CloudEvents attribute ${JSON.stringify(name)} ${problem}`);
}

/** Puts the attributes into the event: those of the specification, and every other member as an extension. */
export function readAttributes(members: Members, event: Envelope): void {
  event.id = members['id'] as string;
  event.source = members['source'] as string;
  let extensions: Record<string, ExtensionValue> | undefined;
  for (const name of Object.keys(members)) {
    const value = members[name];
    switch (name) {
      case 'specversion':
      case 'id':
      case 'source':
      case 'type':
      case 'data':
      case 'data_base64':
        break;
      case 'time':
      case 'subject':
      case 'datacontenttype':
      case 'dataschema':
        if (value === null) break;
        check(name, value);
        event[name] = value as string;
        break;
      default: {
        if (value === null) break;
        const problem = extensionProblem(name, value);
        if (problem !== undefined) throw wrong(name, problem);
        extensions ??= {};
        extensions[name] = value as ExtensionValue;
      }
    }
  }
  event.extensions = extensions;
  const key = extensions?.['partitionkey'];
  if (key !== undefined && key !== '') event.key = String(key);
}

function dataOf(members: Members): unknown {
  const base64 = members['data_base64'];
  if (base64 === undefined || base64 === null) {
    const { data, datacontenttype } = members;
    if (data === undefined || typeof data === 'string' || typeof datacontenttype !== 'string') return data;
    if (isJsonType(datacontenttype)) return data;
    throw wrong('data', `must be a string, because datacontenttype is ${JSON.stringify(datacontenttype)}`);
  }
  if (members['data'] !== undefined) throw wrong('data', 'must not stand beside data_base64');
  if (typeof base64 !== 'string' || base64.length % 4 !== 0 || !BASE64.test(base64)) {
    throw wrong('data_base64', 'must be a string in base64 (RFC 4648)');
  }
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Keeps the record's text, so that the numbers of its data keep their digits. */
class CloudEventEnvelope extends Envelope {
  private readonly text: string;

  constructor(type: string, data: unknown, text: string) {
    super(type, data);
    this.text = text;
  }

  override get dataText(): string | undefined {
    return this.data instanceof Uint8Array ? undefined : memberText(this.text, 'data');
  }
}
