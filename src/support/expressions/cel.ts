import { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import { registerArithmetic } from './cel-arithmetic.ts';
import { checkFailure, checkNames } from './cel-check.ts';
import { attributeOf, type CelNode, eventView } from './cel-event.ts';
import { celExcerpt } from './cel-excerpt.ts';
import { describe, failed } from './cel-failed.ts';
import { plainValue } from './cel-plain.ts';
import type { CelProblem } from './cel-problem.ts';

/**
 * The one door to CEL, the language of `where`, `map` and every `${{ … }}`. An expression sees `event` and nothing
 * else, changes nothing and ends: it has no loops but those over lists that are there.
 *
 * Differences from the standard, all for JSON's sake: whole numbers of an event's data are doubles, so integers and
 * doubles mix in arithmetic; lists and maps may hold values of several types; `matches`, whose time can explode,
 * gives way to `re(text, pattern)`, which takes time in proportion to the text.
 */
export type { CelProblem } from './cel-problem.ts';

const LONGEST_EXPRESSION = 10_000;

/** The first mistake in an expression that can be found before the start: its syntax, unknown names and functions,
 *  types that do not go together, a bad pattern. `at` is the 0-based character. Undefined = none. */
export function checkCel(text: string, wanted?: 'bool' | 'list'): CelProblem | undefined {
  const result = parse(text);
  if ('message' in result) return result;
  const { type } = result;
  if (wanted === undefined || type === 'dyn' || type.startsWith(wanted)) return undefined;
  const what = wanted === 'bool' ? 'true or false (bool)' : 'a list';
  return { message: `expected an expression that gives ${what}, got one that gives ${type}`, at: 0 };
}

/**
 * A function that evaluates the expression for an event. Its results are JSON values, bytes, or undefined for an
 * empty optional (`event.data.?x`). It throws EVR_TRANSFORM (`retry: never`) with the expression and a caret where
 * the evaluation fails. Throws EVR_RECIPE at once for an expression that `checkCel` has something against.
 */
export function compileCel(text: string): (event: Event) => unknown {
  const { evaluate, ast } = compiled(text);
  const asItIs = isPathIntoEvent(ast);
  return (event) => {
    try {
      const result = evaluate(event);
      return asItIs ? result : plainValue(result);
    } catch (error) {
      throw failed(text, error);
    }
  };
}

/** As `compileCel`, for a condition: a result that is neither true nor false is an error, too. */
export function compileCelBoolean(text: string): (event: Event) => boolean {
  const { evaluate } = compiled(text);
  return (event) => {
    let result: unknown;
    try {
      result = evaluate(event);
    } catch (error) {
      throw failed(text, error);
    }
    if (typeof result === 'boolean') return result;
    throw failed(text, new Error(`expected true or false, got ${describe(result)}`));
  };
}

interface Parsed {
  readonly ast: CelNode;
  readonly type: string;
  readonly run: (context: Record<string, unknown>) => unknown;
}

function compiled(text: string): { ast: CelNode; evaluate: (event: Event) => unknown } {
  const parsed = parse(text);
  if ('message' in parsed) {
    throw new EvrunError('EVR_RECIPE', `expression: ${parsed.message}\n${celExcerpt(text, parsed.at)}`);
  }
  const { ast, run } = parsed;
  const view = eventView(ast);
  const context: Record<string, unknown> = { event: undefined };
  return {
    ast,
    evaluate: (event) => {
      context['event'] = view(event);
      return run(context);
    },
  };
}

function parse(text: string): Parsed | CelProblem {
  if (text.trim() === '') return { message: 'expected an expression, got nothing', at: 0 };
  if (text.length > LONGEST_EXPRESSION) {
    return { message: `expected at most ${LONGEST_EXPRESSION} characters, got ${text.length}`, at: 0 };
  }
  const env = environment();
  try {
    const run = env.parse(text);
    const ast = run.ast as CelNode;
    const problem = checkNames(ast, text, patternProblem);
    if (problem !== undefined) return problem;
    const { valid, type, error } = run.check();
    return valid ? { ast, type: type ?? 'dyn', run } : checkFailed(error);
  } catch (error) {
    return checkFailed(error);
  }

  function checkFailed(error: unknown): CelProblem {
    const isFunction = (name: string) => env.getDefinitions().functions.some((known) => known.name === name);
    return checkFailure(text, error, isFunction);
  }
}

function isPathIntoEvent(node: CelNode): boolean {
  if (attributeOf(node) !== undefined) return node.op === '.' || node.op === '[]';
  if (node.op !== '.' && node.op !== '[]') return false;
  return isPathIntoEvent((node.args as readonly CelNode[])[0] as CelNode);
}

let shared: Environment | undefined;

/** Built on first use: a pipeline without expressions does not pay for it. */
function environment(): Environment {
  shared ??= newEnvironment();
  return shared;
}

interface Evaluator {
  debugType(value: unknown): unknown;
  debugTypeDeep(value: unknown): unknown;
}

function newEnvironment(): Environment {
  const env = new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true });
  env.registerVariable('event', 'dyn');
  const sync = { async: false };
  env.registerFunction(
    're(string, string): bool',
    (text: string, pattern: string) => re(text, pattern),
    sync,
  );
  env.registerFunction('json(string): dyn', (text: string): unknown => JSON.parse(text), sync);
  env.registerFunction('toJson(dyn): string', (value: unknown) => JSON.stringify(plainValue(value)), sync);
  const replaceAll = (text: string, from: string, to: string) => text.replaceAll(from, () => to);
  env.registerFunction('string.replace(string, string): string', replaceAll, sync);
  registerArithmetic(env);
  // The type of a value is asked for at every operator. By itself the library describes a nested value in depth
  // and keeps every description: hostile data could grow that without bound. One level is enough for operators.
  env.registerFunction(
    'evrunEvaluator(): bool',
    function (this: Evaluator) {
      this.debugTypeDeep = this.debugType;
      return true;
    },
    sync,
  );
  env.evaluate('evrunEvaluator()');
  return env;
}

const LONGEST_PATTERN = 1_000;
const PATTERNS_KEPT = 256;
const patterns = new Map<string, RE2JS>();

/** Whether `pattern` (RE2 syntax) is found anywhere in `text`, in time proportional to the text. */
function re(text: string, pattern: string): boolean {
  let known = patterns.get(pattern);
  if (known === undefined) {
    known = compilePattern(pattern);
    // Patterns may come from the data: forget the oldest instead of keeping them all.
    if (patterns.size >= PATTERNS_KEPT) patterns.delete(patterns.keys().next().value as string);
    patterns.set(pattern, known);
  }
  return known.test(text);
}

function compilePattern(pattern: string): RE2JS {
  if (pattern.length > LONGEST_PATTERN) {
    throw new Error(`expected a pattern of at most ${LONGEST_PATTERN} characters, got ${pattern.length}`);
  }
  return RE2JS.compile(pattern);
}

function patternProblem(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
