/**
 * The one door to `yaml`. It is asked for the structure alone; what a plain scalar means is decided in
 * `scalar.ts`, so that a recipe means what it means to PyYAML, and what aliases, merges and tags mean in
 * `read-tree.ts`.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import { messageOf } from '../contract/errors.ts';
import { readTree, type SyntaxNode } from './read-tree.ts';
import { jsonScalar, plainScalar } from './scalar.ts';
import { syntaxFault } from './syntax.ts';
import type { Fault, Place, Tree } from './tree.ts';

export interface ParsedDocument {
  /** Undefined where the text cannot be read. */
  readonly tree: Tree | undefined;
  readonly faults: readonly Fault[];
  /** The document's own stretch of the file. */
  readonly place: Place;
}

const MOST_DOCUMENTS = 100;

/** The documents of a file, empty ones left out. Never throws. */
export function parseDocuments(text: string, dialect: 'yaml' | 'json'): ParsedDocument[] {
  const options = { schema: 'failsafe', prettyErrors: false, uniqueKeys: false, logLevel: 'silent' } as const;
  // A JSON text may be indented with tabs, and holds none elsewhere.
  const source = dialect === 'json' || isJson(text) ? text.replaceAll('\t', ' ') : text;
  const scalar = dialect === 'json' ? jsonScalar : plainScalar;
  try {
    const documents = [...parseAllDocuments(source, options)] as Document.Parsed[];
    if (documents.length > MOST_DOCUMENTS) {
      return unreadable(`the file holds more than ${MOST_DOCUMENTS} documents`);
    }
    return documents.flatMap((document) => {
      const place = { start: document.range[0], end: document.range[2] };
      const [first] = document.errors;
      if (first !== undefined) {
        const [start, end] = first.pos;
        return [{ tree: undefined, faults: [syntaxFault(first.code, first.message, { start, end })], place }];
      }
      if (isEmpty(document)) return [];
      return [{ ...readTree(view(document.contents), text, scalar), place }];
    });
  } catch (error) {
    const deep = error instanceof RangeError;
    return unreadable(deep ? 'the recipe is nested too deeply' : `cannot be read: ${messageOf(error)}`);
  }
}

function unreadable(message: string): ParsedDocument[] {
  const place = { start: 0, end: 0 };
  return [{ tree: undefined, faults: [{ place, message }], place }];
}

function isJson(text: string): boolean {
  if (!/^\s*\{/.test(text) || !text.includes('\t')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isEmpty(document: Document.Parsed): boolean {
  const { contents } = document;
  return contents === null || (isScalar(contents) && contents.type === 'PLAIN' && contents.source === '');
}

/** A node of the parser's as the reader wants it. Made when it is asked for: a document may be nested deeply. */
function view(node: unknown): SyntaxNode {
  const place = placeOf(node);
  if (isAlias(node)) return { kind: 'alias', id: node, place, name: node.source };
  const anchor = (node as { anchor?: string } | null)?.anchor;
  const common = { id: node, place, ...(anchor === undefined ? {} : { anchor }) };
  if (isMap(node)) {
    const pairs = () =>
      node.items.map(({ key, value }) => [view(key), value === null ? undefined : view(value)] as const);
    return { ...common, kind: 'map', pairs };
  }
  if (isSeq(node)) return { ...common, kind: 'list', items: () => node.items.map(view) };
  if (!isScalar(node)) return { ...common, kind: 'scalar', text: '', style: 'plain' };
  const style = STYLES[node.type ?? ''] ?? 'quoted';
  const tag = node.tag?.replace('tag:yaml.org,2002:', '!!');
  return {
    ...common,
    kind: 'scalar',
    text: String(node.value ?? ''),
    style,
    ...(tag === undefined ? {} : { tag }),
  };
}

const STYLES: Readonly<Record<string, 'plain' | 'block'>> = { PLAIN: 'plain', BLOCK_LITERAL: 'block' };

function placeOf(node: unknown): Place {
  const range = (node as { range?: [number, number, number] | null } | null)?.range;
  return range ? { start: range[0], end: range[1] } : { start: 0, end: 0 };
}
