import { nearest } from '../nearest.ts';
import { attributeOf, type CelNode, EVENT_ATTRIBUTES, isNode, walk } from './cel-event.ts';
import type { CelProblem } from './cel-problem.ts';
import { slipAt } from './cel-slips.ts';

/** What people write who know the event by DataHub's or another system's names. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  event_type: 'type',
  event: 'data',
  body: 'data',
  payload: 'data',
  value: 'data',
  headers: 'meta',
  timestamp: 'time',
  partitionkey: 'key',
  name: 'type',
};

/** The first use of an attribute that events do not have, of `matches`, or of a pattern that is none. */
export function checkNames(
  ast: CelNode,
  text: string,
  patternProblem: (pattern: string) => string | undefined,
): CelProblem | undefined {
  let problem: CelProblem | undefined;
  walk(ast, (node) => {
    problem ??= attributeProblem(node) ?? callProblem(node, text, patternProblem);
    return problem !== undefined;
  });
  return problem;
}

function attributeProblem(node: CelNode): CelProblem | undefined {
  const name = attributeOf(node);
  if (name === undefined || EVENT_ATTRIBUTES.some((attribute) => attribute === name)) return undefined;
  const meant = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : nearest(name, EVENT_ATTRIBUTES);
  const hint = meant === undefined ? `event.data.${name}` : `event.${meant}`;
  const all = EVENT_ATTRIBUTES.join(', ');
  return { message: `an event has no "${name}"; did you mean ${hint}? It has ${all}`, at: node.pos };
}

function callProblem(
  node: CelNode,
  text: string,
  patternProblem: (pattern: string) => string | undefined,
): CelProblem | undefined {
  if (node.op !== 'call' && node.op !== 'rcall') return undefined;
  const args = node.args as readonly unknown[];
  if (args[0] === 'matches') {
    const receiver = args[1];
    const from = node.op === 'rcall' && isNode(receiver) ? receiver.end : node.start;
    const at = Math.max(text.indexOf('matches', from), 0);
    return { message: 'matches() can take forever on hostile text; write re(text, "pattern") instead', at };
  }
  if (node.op !== 'call' || args[0] !== 're' || !Array.isArray(args[1])) return undefined;
  const pattern: unknown = args[1][1];
  if (!isNode(pattern) || pattern.op !== 'value' || typeof pattern.args !== 'string') return undefined;
  const wrong = patternProblem(pattern.args);
  return wrong === undefined ? undefined : { message: `re(): ${wrong}`, at: pattern.start };
}

/** What the library found wrong before the start. */
interface CheckFailure {
  readonly summary?: string;
  readonly message?: string;
  readonly code?: string;
  readonly range?: { readonly start: number };
}

/** A problem out of what the library throws, in our words where users meet it often. */
export function checkFailure(
  text: string,
  error: unknown,
  isFunction: (name: string) => boolean,
): CelProblem {
  const { summary, message, range, code } = error as CheckFailure;
  const said = summary ?? message ?? String(error);
  const at = Math.min(range?.start ?? 0, text.length);
  const called = /for '(?:[^']*\.)?(\w+)\(/.exec(said)?.[1];
  if (code === 'no_matching_overload' && called !== undefined && !isFunction(called)) {
    return { message: `unknown function ${called}()`, at: Math.max(text.indexOf(called, at), at) };
  }
  if (code === 'unknown_variable') {
    const name = said.split(': ').at(-1) ?? '';
    return { message: `unknown name "${name}": an expression knows only "event", e.g. event.data`, at };
  }
  return slipAt(text, at) ?? { message: said, at };
}
