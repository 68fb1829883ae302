/**
 * From the parser's nodes to a recipe's tree: aliases, merge keys, tags and duplicate keys. Aliases become
 * shared nodes, so a document of nested aliases stays small here; what it would grow to is counted and refused.
 */
import type { Plain } from './scalar.ts';
import type { Fault, ListTree, MapTree, Place, ScalarTree, Tree } from './tree.ts';

/** `id` is equal for equal nodes of the parser. */
export type SyntaxNode = { readonly id: unknown; readonly place: Place; readonly anchor?: string } & (
  | { readonly kind: 'alias'; readonly name: string }
  | { readonly kind: 'map'; readonly pairs: () => readonly (readonly [SyntaxNode, SyntaxNode | undefined])[] }
  | { readonly kind: 'list'; readonly items: () => readonly SyntaxNode[] }
  | SyntaxScalar
);

interface SyntaxScalar {
  readonly kind: 'scalar';
  readonly text: string;
  readonly style: 'plain' | 'quoted' | 'block';
  /** `!!str`, `!own`. */
  readonly tag?: string;
}

/** Values in one recipe, aliases followed. A large recipe has hundreds. */
const MOST_VALUES = 100_000;
const DEEPEST = 64;
/** More of them say nothing new. */
const MOST_FAULTS = 20;
const SCALAR_TAGS = ['!!str', '!!int', '!!float', '!!bool', '!!null'];

/** The tree of a document, `undefined` where it is too large to be one. `scalar` reads what is not quoted. */
export function readTree(
  root: SyntaxNode,
  text: string,
  scalar: (text: string) => Plain,
): { tree: Tree | undefined; faults: readonly Fault[] } {
  const reader = new Reader(text, scalar);
  const tree = reader.node(root, 0);
  const fits = reader.sizeOf(tree) <= MOST_VALUES;
  if (!fits) {
    reader.fault(
      tree.place,
      `this recipe holds, its aliases (*name) followed, more than ${MOST_VALUES} values`,
    );
  }
  return { tree: fits ? tree : undefined, faults: reader.faults };
}

type Entries = Map<string, { key: Place; node: Tree }>;

class Reader {
  readonly faults: Fault[] = [];
  private readonly text: string;
  private readonly plain: (text: string) => Plain;
  private readonly seen = new Map<unknown, Tree | 'reading'>();
  private readonly sizes = new Map<Tree, number>();
  private readonly anchors = new Map<string, SyntaxNode>();

  constructor(text: string, plain: (text: string) => Plain) {
    this.text = text;
    this.plain = plain;
  }

  sizeOf(tree: Tree): number {
    return this.sizes.get(tree) ?? 1;
  }

  node(node: SyntaxNode, depth: number): Tree {
    const done = this.seen.get(node.id);
    if (done === 'reading') return this.nothing(node.place, 'this alias stands inside of what it refers to');
    if (done !== undefined) return done;
    if (depth > DEEPEST) return this.nothing(node.place, `nested more than ${DEEPEST} deep`);
    this.seen.set(node.id, 'reading');
    const tree = this.fresh(node, depth);
    this.seen.set(node.id, tree);
    return tree;
  }

  fault(place: Place, message: string, fix?: string): void {
    if (this.faults.length === MOST_FAULTS) return;
    this.faults.push({ place, message, ...(fix === undefined ? {} : { fix }) });
  }

  private fresh(node: SyntaxNode, depth: number): Tree {
    if (node.anchor !== undefined) this.anchors.set(node.anchor, node);
    if (node.kind === 'map') return this.map(node.pairs(), node.place, depth);
    if (node.kind === 'scalar') return this.scalar(node, node.place);
    if (node.kind === 'list') {
      const items = node.items().map((item) => this.node(item, depth + 1));
      const list: ListTree = { kind: 'list', place: node.place, items };
      return this.counted(list, items);
    }
    const target = this.anchors.get(node.name);
    if (target !== undefined) return this.node(target, depth);
    const name = node.name.slice(0, 60);
    return this.nothing(node.place, `there is no &${name} before this *${name}`);
  }

  private map(
    pairs: readonly (readonly [SyntaxNode, SyntaxNode | undefined])[],
    place: Place,
    depth: number,
  ): MapTree {
    const entries: Entries = new Map();
    const merged: Tree[] = [];
    for (const [keyNode, valueNode] of pairs) {
      const key = this.key(keyNode);
      if (key === undefined) continue;
      const value: Tree =
        valueNode === undefined
          ? { kind: 'scalar', place: key.place, value: null }
          : this.node(valueNode, depth + 1);
      const other = entries.get(key.text);
      if (key.merge) merged.push(value);
      else if (other !== undefined) this.twice(key.text, key.place, other.key);
      else entries.set(key.text, { key: key.place, node: value });
    }
    for (const source of merged) this.merge(source, entries);
    const map: MapTree = { kind: 'map', place, entries };
    return this.counted(
      map,
      [...entries.values()].map((entry) => entry.node),
    );
  }

  /** `<<: *defaults`: keys that the map does not have itself; of several maps the first one wins. */
  private merge(source: Tree, entries: Entries): void {
    for (const map of source.kind === 'list' ? source.items : [source]) {
      if (map.kind !== 'map') this.fault(map.place, '<< takes a map or a list of maps');
      else for (const [key, entry] of map.entries) if (!entries.has(key)) entries.set(key, entry);
    }
  }

  private key(node: SyntaxNode): { text: string; place: Place; merge: boolean } | undefined {
    const { place } = node;
    const key = node.kind === 'alias' ? this.anchors.get(node.name) : node;
    if (key?.kind !== 'scalar') {
      this.fault(place, 'a key is a word, not a map or a list');
      return undefined;
    }
    if (key.anchor !== undefined) this.anchors.set(key.anchor, key);
    const plain = key.style === 'plain';
    if ((plain && key.text === '') || key.text === '__proto__') {
      this.fault(place, key.text === '' ? 'a key is missing before the colon' : '__proto__ cannot be a key');
      return undefined;
    }
    return { text: key.text, place, merge: plain && key.text === '<<' };
  }

  private scalar({ text, style, tag }: SyntaxScalar, place: Place): ScalarTree {
    if (tag !== undefined && !SCALAR_TAGS.includes(tag)) {
      this.fault(place, `the tag ${tag} has no meaning in a recipe`, 'Remove it.');
    }
    const asText = tag === undefined ? style !== 'plain' : tag === '!!str';
    if (asText) return { kind: 'scalar', place, value: text, ...(style === 'block' ? { block: true } : {}) };
    const read = this.plain(text);
    if ('value' in read) return { kind: 'scalar', place, ...read };
    this.fault(place, read.refused, `Write ${JSON.stringify(text)} in quotes.`);
    return { kind: 'scalar', place, value: text };
  }

  private counted<T extends Tree>(tree: T, children: readonly Tree[]): T {
    const size = children.reduce((sum, child) => sum + this.sizeOf(child), 1);
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

  private nothing(place: Place, message: string): ScalarTree {
    this.fault(place, message);
    return { kind: 'scalar', place, value: null };
  }
}
