/**
 * The one door to `yaml`. It is asked for the structure alone; what a plain scalar means is decided in
 * `scalar.ts`, so that a recipe means what it means to PyYAML. Aliases become shared nodes, so a document of
 * nested aliases stays small here; what it would grow to is counted and refused.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { messageOf } from '../contract/errors.ts';
import { jsonScalar, type Plain, plainScalar } from './scalar.ts';
import { syntaxFault } from './syntax.ts';
import type { Fault, ListTree, MapTree, Place, ScalarTree, Tree } from './tree.ts';

export interface ParsedDocument {
  /** Undefined where the text cannot be read. */
  readonly tree: Tree | undefined;
  readonly faults: readonly Fault[];
  /** The document's own stretch of the file. */
  readonly place: Place;
}

/** Values in one recipe, aliases followed. A large recipe has hundreds. */
const MOST_VALUES = 100_000;
const DEEPEST = 64;
const MOST_DOCUMENTS = 100;
/** More of them say nothing new. */
const MOST_FAULTS = 20;

/** The documents of a file, empty ones left out. Never throws. */
export function parseDocuments(text: string, dialect: 'yaml' | 'json'): ParsedDocument[] {
  const options = { schema: 'failsafe', prettyErrors: false, uniqueKeys: false, logLevel: 'silent' } as const;
  // A JSON text may be indented with tabs, and holds none elsewhere.
  const source = dialect === 'json' || isJson(text) ? text.replaceAll('\t', ' ') : text;
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
      const reader = new Reader(document, text, dialect);
      const tree = reader.read();
      return [{ tree, faults: reader.faults, place }];
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

type YamlNode = unknown;

class Reader {
  readonly faults: Fault[] = [];
  private readonly document: Document.Parsed;
  private readonly text: string;
  private readonly plain: (text: string) => Plain;
  private readonly seen = new Map<YamlNode, Tree | 'reading'>();
  private readonly sizes = new Map<Tree, number>();
  private readonly anchors = new Map<string, YamlNode>();

  constructor(document: Document.Parsed, text: string, dialect: 'yaml' | 'json') {
    this.document = document;
    this.text = text;
    this.plain = dialect === 'json' ? jsonScalar : plainScalar;
  }

  read(): Tree | undefined {
    const tree = this.node(this.document.contents, 0);
    if ((this.sizes.get(tree) ?? 0) > MOST_VALUES) {
      this.fault(
        tree.place,
        `this recipe holds, its aliases (*name) followed, more than ${MOST_VALUES} values`,
      );
      return undefined;
    }
    return tree;
  }

  private node(node: YamlNode, depth: number): Tree {
    const done = this.seen.get(node);
    if (done === 'reading') return this.nothing(node, 'this alias stands inside of what it refers to');
    if (done !== undefined) return done;
    if (depth > DEEPEST) return this.nothing(node, `nested more than ${DEEPEST} deep`);
    this.seen.set(node, 'reading');
    const tree = this.fresh(node, depth);
    this.seen.set(node, tree);
    this.sizes.set(tree, this.sizes.get(tree) ?? 1);
    return tree;
  }

  private fresh(node: YamlNode, depth: number): Tree {
    if (isAlias(node)) return this.alias(node, depth);
    const anchor = (node as { anchor?: string } | null)?.anchor;
    if (anchor !== undefined) this.anchors.set(anchor, node);
    if (isMap(node)) return this.map(node, depth);
    if (isSeq(node)) {
      const list: ListTree = {
        kind: 'list',
        place: placeOf(node),
        items: node.items.map((item) => this.node(item, depth + 1)),
      };
      return this.counted(list, list.items);
    }
    return isScalar(node) ? this.scalar(node) : { kind: 'scalar', place: placeOf(node), value: null };
  }

  private alias(node: Alias, depth: number): Tree {
    const target = this.anchors.get(node.source);
    if (target !== undefined) return this.node(target, depth);
    return this.nothing(node, `there is no &${node.source} before this *${node.source}`);
  }

  private map(node: YAMLMap, depth: number): MapTree {
    const entries = new Map<string, { key: Place; node: Tree }>();
    const merged: Tree[] = [];
    for (const pair of node.items as Pair[]) {
      const key = this.key(pair.key);
      if (key === undefined) continue;
      const value: Tree =
        pair.value === null
          ? { kind: 'scalar', place: key.place, value: null }
          : this.node(pair.value, depth + 1);
      if (key.merge) {
        merged.push(value);
        continue;
      }
      const other = entries.get(key.text);
      if (other !== undefined) this.twice(key.text, key.place, other.key);
      else entries.set(key.text, { key: key.place, node: value });
    }
    for (const source of merged) this.merge(source, entries);
    const map: MapTree = { kind: 'map', place: placeOf(node), entries };
    return this.counted(
      map,
      [...entries.values()].map((entry) => entry.node),
    );
  }

  /** `<<: *defaults`: keys that the map does not have itself; of several maps the first one wins. */
  private merge(source: Tree, entries: Map<string, { key: Place; node: Tree }>): void {
    const maps = source.kind === 'list' ? source.items : [source];
    for (const map of maps) {
      if (map.kind !== 'map') {
        this.fault(map.place, '<< takes a map or a list of maps');
        continue;
      }
      for (const [key, entry] of map.entries) if (!entries.has(key)) entries.set(key, entry);
    }
  }

  private key(node: YamlNode): { text: string; place: Place; merge: boolean } | undefined {
    const place = placeOf(node);
    const key = isAlias(node) ? this.anchors.get(node.source) : node;
    if (!isScalar(key)) {
      this.fault(place, 'a key is a word, not a map or a list');
      return undefined;
    }
    const text = String(key.value ?? '');
    const plain = key.type === 'PLAIN';
    if (plain && text === '') {
      this.fault(place, 'a key is missing before the colon');
      return undefined;
    }
    if (text === '__proto__') {
      this.fault(place, '__proto__ cannot be a key');
      return undefined;
    }
    return { text, place, merge: plain && text === '<<' };
  }

  private scalar(node: Scalar): ScalarTree {
    const place = placeOf(node);
    const text = String(node.value ?? '');
    const tag = node.tag?.replace('tag:yaml.org,2002:', '');
    const plain = node.type === 'PLAIN' ? tag === undefined : tag !== undefined && tag !== 'str';
    if (tag !== undefined && !['str', 'int', 'float', 'bool', 'null'].includes(tag)) {
      this.fault(
        place,
        `the tag ${tag.startsWith('!') ? '' : '!!'}${tag} has no meaning in a recipe`,
        'Remove it.',
      );
    }
    if (!plain)
      return {
        kind: 'scalar',
        place,
        value: text,
        ...(node.type === 'BLOCK_LITERAL' ? { block: true } : {}),
      };
    const read = this.plain(text);
    if ('refused' in read) {
      this.fault(place, read.refused, `Write ${JSON.stringify(text)} in quotes.`);
      return { kind: 'scalar', place, value: text };
    }
    return { kind: 'scalar', place, ...read };
  }

  private counted<T extends Tree>(tree: T, children: readonly Tree[]): T {
    const size = children.reduce((sum, child) => sum + (this.sizes.get(child) ?? 1), 1);
    // Past the limit the exact number does not matter, and may be beyond any number.
    this.sizes.set(tree, Math.min(size, MOST_VALUES * 10));
    return tree;
  }

  private twice(key: string, place: Place, first: Place): void {
    if (this.faults.length === MOST_FAULTS) return;
    const line = this.text.slice(0, first.start).split('\n').length;
    this.fault(
      place,
      `the key ${JSON.stringify(key)} stands here and in line ${line}`,
      'Remove one of them.',
    );
  }

  private nothing(node: YamlNode, message: string): ScalarTree {
    const place = placeOf(node);
    this.fault(place, message);
    return { kind: 'scalar', place, value: null };
  }

  private fault(place: Place, message: string, fix?: string): void {
    if (this.faults.length === MOST_FAULTS) return;
    this.faults.push({ place, message, ...(fix === undefined ? {} : { fix }) });
  }
}

function placeOf(node: unknown): Place {
  const range = (node as { range?: [number, number, number] | null } | null)?.range;
  return range ? { start: range[0], end: range[1] } : { start: 0, end: 0 };
}
