import { type EventChanges, withChanges } from '../../contract/envelope.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Event, ExtensionValue } from '../../contract/event.ts';
import { attributeProblem, extensionProblem, RESERVED_NAMES } from './cloudevents-attributes.ts';
import { type EventPath, type PathProblem, type PathRules, parsePath } from './path.ts';
import { Blocked, type Change, changeAt, valueAt } from './path-change.ts';

/** What transformers may write to; `meta` is the source's. */
export const WRITABLE = [
  'data',
  'type',
  'subject',
  'key',
  'time',
  'id',
  'source',
  'datacontenttype',
  'dataschema',
  'extensions',
] as const;

/** What an event can do without. */
export const REMOVABLE = [
  'data',
  'subject',
  'key',
  'time',
  'datacontenttype',
  'dataschema',
  'extensions',
] as const;

/** Parses a path of a recipe. Also refuses extension names that CloudEvents do not allow. */
export function parseEventPath(text: string, rules: PathRules): EventPath | PathProblem {
  const path = parsePath(text, rules);
  if ('message' in path || path.attribute !== 'extensions') return path;
  const name = String(path.rest[0]);
  const problem = RESERVED_NAMES.has(name)
    ? 'has a name that CloudEvents reserve'
    : extensionProblem(name, '');
  return problem === undefined ? path : { message: `the extension "${name}" ${problem}`, at: 0 };
}

/** As `parseEventPath`; throws EVR_RECIPE instead of returning a problem. */
export function eventPath(text: string, rules: PathRules): EventPath {
  const path = parseEventPath(text, rules);
  if ('message' in path) throw new EvrunError('EVR_RECIPE', `path "${text}": ${path.message}`);
  return path;
}

/** The value at a path; undefined where there is none. */
export function readPath(event: Event, path: EventPath): unknown {
  return valueAt(attributeOf(event, path), path.rest);
}

/**
 * A new event with `change` applied at `path`; the same event where nothing changed. Attributes other than data
 * must get text that CloudEvents allow (numbers and booleans are written as text): EVR_TRANSFORM else.
 */
export function changePath(event: Event, path: EventPath, change: Change, create: boolean): Event {
  const before = attributeOf(event, path);
  const after = withPath(path, () => changeAt(before, path.rest, change, create));
  if (after === before) return event;
  switch (path.attribute) {
    case 'data':
      return withChanges(event, { data: after });
    case 'extensions':
      return withChanges(event, { extensions: extensionsOf(path, after) });
    default:
      return withChanges(event, { [path.attribute]: attributeText(path.attribute, after) } as EventChanges);
  }
}

function withPath<T>(path: EventPath, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Blocked)) throw error;
    throw new EvrunError('EVR_TRANSFORM', `cannot set ${path.text}: ${error.message}`, { cause: error });
  }
}

function attributeOf(event: Event, path: EventPath): unknown {
  return event[path.attribute as keyof Event];
}

function extensionsOf(path: EventPath, value: unknown): Readonly<Record<string, ExtensionValue>> {
  const extensions = value as Readonly<Record<string, ExtensionValue>>;
  const name = String(path.rest[0]);
  const problem = Object.hasOwn(extensions, name) ? extensionProblem(name, extensions[name]) : undefined;
  if (problem !== undefined) throw new EvrunError('EVR_TRANSFORM', `cannot set ${path.text}: it ${problem}`);
  return extensions;
}

/** The value of an attribute as text; undefined removes it. Throws EVR_TRANSFORM where CloudEvents forbid it. */
export function attributeText(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  const problem = attributeProblem(name, text);
  if (problem !== undefined) throw new EvrunError('EVR_TRANSFORM', `cannot set ${name}: it ${problem}`);
  return text as string;
}
