import { DecodeError } from '../../contract/errors.ts';
import type { ExtensionValue } from '../../contract/event.ts';
import {
  attributeProblem,
  extensionProblem,
  isJsonType,
} from '../../support/events/cloudevents-attributes.ts';

/** The context attributes of a CloudEvent, in whichever encoding it came. */
export interface Attributes {
  id: string;
  source: string;
  type: string;
  time?: string;
  /** True: `time` was made here, not given as text. */
  timeIsRight?: boolean;
  subject?: string;
  datacontenttype?: string;
  dataschema?: string;
  /** Frozen where other events share them: `setAttribute` then makes a copy. */
  extensions?: Record<string, ExtensionValue>;
}

/**
 * Adds an attribute by its name, unchecked: `checkAttributes` comes once all are there. Flyte's feed v2 sends an
 * empty `jsonschemaurl`: what is empty is absent. Returns the attributes.
 */
export function setAttribute(attributes: Attributes, name: string, value: ExtensionValue): Attributes {
  if (value === '') return attributes;
  switch (name) {
    case 'id':
    case 'source':
    case 'type':
    case 'time':
    case 'subject':
    case 'datacontenttype':
    case 'dataschema':
      attributes[name] = value as string;
      break;
    case 'specversion':
      break;
    default:
      if (attributes.extensions === undefined || Object.isFrozen(attributes.extensions)) {
        attributes.extensions = { ...attributes.extensions };
      }
      // Setting it would change the object's prototype; under this name it breaks the rule for names.
      attributes.extensions[name === '__proto__' ? '_proto_' : name] = value;
  }
  return attributes;
}

/** Printable ASCII: what nearly every id is, and what needs no further look. */
const PLAIN = /^[ -~]+$/;
const valid = new Map<string, string>();
const MOST_VALID = 100;
const JSON_TYPE = 'application/json';

/** Throws DecodeError naming an attribute that breaks a rule of CloudEvents, or data that is said not to be JSON. */
export function checkAttributes(attributes: Attributes): void {
  if (typeof attributes.id !== 'string' || !PLAIN.test(attributes.id)) check('id', attributes.id);
  checkOnce('source', attributes.source);
  checkOnce('type', attributes.type);
  const { time, subject, datacontenttype, dataschema, extensions } = attributes;
  if (time !== undefined && !attributes.timeIsRight) check('time', time);
  if (subject !== undefined) check('subject', subject);
  if (dataschema !== undefined) checkOnce('dataschema', dataschema);
  if (extensions !== undefined) checkExtensions(extensions);
  if (datacontenttype === undefined || datacontenttype === JSON_TYPE) return;
  checkOnce('datacontenttype', datacontenttype);
  if (!isJsonType(datacontenttype)) throw wrong('datacontenttype', 'must be JSON, as all that Flyte sends');
}

/** Those that were checked last, shared by most events in a row. */
let rightExtensions: Attributes['extensions'];

function checkExtensions(extensions: Readonly<Record<string, ExtensionValue>>): void {
  if (extensions === rightExtensions) return;
  for (const name in extensions) {
    const value = extensions[name] as ExtensionValue;
    if (typeof value === 'string' && valid.get(value) === name) continue;
    const problem = extensionProblem(name, value);
    if (problem !== undefined) throw wrong(name, problem);
    if (typeof value === 'string') remember(name, value);
  }
  rightExtensions = extensions;
}

/** For values that hardly ever change from event to event. */
function checkOnce(name: string, value: string): void {
  if (valid.get(value) === name) return;
  check(name, value);
  remember(name, value);
}

function remember(name: string, value: string): void {
  if (valid.size >= MOST_VALID) valid.clear();
  if (value.length < 500) valid.set(value, name);
}

function check(name: string, value: string): void {
  const problem = attributeProblem(name, value);
  if (problem !== undefined) throw wrong(name, problem);
}

function wrong(name: string, problem: string): DecodeError {
  return new DecodeError(`CloudEvents attribute ${JSON.stringify(name)} ${problem}`);
}
