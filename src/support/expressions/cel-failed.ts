import { EvrunError, messageOf } from '../../contract/errors.ts';
import { type CelNode, isNode } from './cel-event.ts';
import { celExcerpt } from './cel-excerpt.ts';

interface EvaluationFailure {
  readonly summary?: string;
  readonly code?: string;
  readonly range?: { readonly start: number };
  readonly node?: CelNode;
}

const LONGEST_MESSAGE = 300;

/** The error of one event: what failed, the expression and a caret, and what to write for a field that may lack. */
export function failed(text: string, error: unknown): EvrunError {
  if (error instanceof EvrunError) return error;
  const { summary, code, range, node } = error as EvaluationFailure;
  const said = (summary ?? messageOf(error)).slice(0, LONGEST_MESSAGE);
  const hint = code === 'no_such_key' ? missingFieldHint(text, node) : '';
  const excerpt = celExcerpt(text, Math.min(range?.start ?? 0, text.length));
  return new EvrunError('EVR_TRANSFORM', `expression failed: ${said}${hint}\n${excerpt}`, { cause: error });
}

function missingFieldHint(text: string, node: CelNode | undefined): string {
  const [left, field] = node?.op === '.' ? (node.args as readonly unknown[]) : [];
  if (!isNode(left) || typeof field !== 'string') return '; for a field that may be missing use has() or .?';
  const receiver = text.slice(left.start, left.end);
  return `; if it may be missing, ask has(${receiver}.${field}) first or write ${receiver}.?${field}.orValue(…)`;
}

/** A value in a word or two, for "got …". Never the value itself where it may be long. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return value instanceof Uint8Array ? 'bytes' : 'a map';
  if (typeof value === 'string') return `the string ${JSON.stringify(value.slice(0, 40))}`;
  return typeof value === 'bigint' || typeof value === 'number' ? `the number ${value}` : String(value);
}
