import type { Event } from '../../contract/event.ts';

/** A node of a parsed expression, as far as it is looked at here. */
export interface CelNode {
  readonly op: string;
  readonly args: unknown;
  readonly pos: number;
  readonly start: number;
  readonly end: number;
}

/** What an expression finds under `event.`; an attribute that an event lacks is a missing field. */
export const EVENT_ATTRIBUTES = [
  'id',
  'source',
  'type',
  'time',
  'subject',
  'key',
  'data',
  'meta',
  'extensions',
  'datacontenttype',
  'dataschema',
] as const;

export type EventAttribute = (typeof EVENT_ATTRIBUTES)[number];

/** Every node of the tree that is an access to `event`, e.g. `event.type` or `event["type"]`. */
export function attributeOf(node: CelNode): string | undefined {
  if (!['.', '.?', '[]', '[?]'].includes(node.op) || !Array.isArray(node.args)) return undefined;
  const [left, right] = node.args as readonly unknown[];
  if (!isNode(left) || left.op !== 'id' || left.args !== 'event') return undefined;
  if (typeof right === 'string') return right;
  return isNode(right) && right.op === 'value' && typeof right.args === 'string' ? right.args : undefined;
}

/** Calls `visit` for every node from the outside in, until it returns true: then not for what is inside of it. */
export function walk(node: unknown, visit: (node: CelNode) => boolean): void {
  if (Array.isArray(node)) for (const element of node) walk(element, visit);
  else if (isNode(node) && !visit(node)) walk(node.args, visit);
}

export function isNode(value: unknown): value is CelNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

type View = Record<string, unknown>;

/**
 * Makes the function that shows an event to an expression. It reads only what the expression names: an id may have
 * to be hashed and a meta to be built first. One view serves all evaluations, which are synchronous.
 */
export function eventView(ast: CelNode): (event: Event) => View {
  const names = attributesUsed(ast);
  if (names === undefined) return wholeView;
  const view: View = Object.fromEntries(names.map((name) => [name, undefined]));
  if (names.length === 1 && names[0] === 'data') {
    return (event) => {
      view['data'] = event.data;
      return view;
    };
  }
  return (event) => {
    for (const name of names) view[name] = event[name];
    return view;
  };
}

/** Undefined where the expression takes the event as a whole, which may outlive the evaluation. */
function attributesUsed(ast: CelNode): readonly EventAttribute[] | undefined {
  const used = new Set<EventAttribute>();
  let whole = false;
  walk(ast, (node) => {
    if (node.op === 'id' && node.args === 'event') whole = true;
    const name = EVENT_ATTRIBUTES.find((attribute) => attribute === attributeOf(node));
    if (name === undefined) return false;
    used.add(name);
    return true;
  });
  return whole ? undefined : [...used];
}

function wholeView(event: Event): View {
  const view: View = {};
  for (const name of EVENT_ATTRIBUTES) if (event[name] !== undefined) view[name] = event[name];
  return view;
}
