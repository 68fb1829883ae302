/** A recipe document as it was written: values with their places in the text, before variables are expanded. */

/** Offsets into the file's text; `end` is exclusive. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Something wrong with the text itself. */
export interface Fault {
  readonly place: Place;
  readonly message: string;
  readonly fix?: string;
}

export type Path = readonly (string | number)[];

export type Tree = ScalarTree | MapTree | ListTree;

export interface ScalarTree {
  readonly kind: 'scalar';
  readonly place: Place;
  readonly value: string | number | boolean | null;
  /** An unquoted text that PyYAML makes a date of. */
  readonly date?: boolean;
  /** A `|` block: its lines stand in the text as they are, after the header line. */
  readonly block?: boolean;
}

export interface MapTree {
  readonly kind: 'map';
  readonly place: Place;
  readonly entries: ReadonlyMap<string, { readonly key: Place; readonly node: Tree }>;
}

export interface ListTree {
  readonly kind: 'list';
  readonly place: Place;
  readonly items: readonly Tree[];
}

/** Where `path` stands: its value, and the key before it. Of a path that is not there: its nearest ancestor. */
export function placeOf(tree: Tree, path: Path): { value: Place; key: Place | undefined; found: boolean } {
  let node = tree;
  let key: Place | undefined;
  for (const part of path) {
    if (node.kind === 'map') {
      const entry = node.entries.get(String(part));
      if (entry === undefined) return { value: node.place, key, found: false };
      node = entry.node;
      key = entry.key;
    } else if (node.kind === 'list') {
      const item = node.items[Number(part)];
      if (item === undefined) return { value: node.place, key, found: false };
      node = item;
      key = undefined;
    } else return { value: node.place, key, found: false };
  }
  return { value: node.place, key, found: true };
}

export function nodeAt(tree: Tree, path: Path): Tree | undefined {
  let node: Tree | undefined = tree;
  for (const part of path) {
    if (node?.kind === 'map') node = node.entries.get(String(part))?.node;
    else if (node?.kind === 'list') node = node.items[Number(part)];
    else return undefined;
  }
  return node;
}

/** `action.config.headers[0]`; a key that is no plain word is quoted. */
export function pathText(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w-]+$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}
