import type { Change, Store } from '../../contract/store.ts';

/** All keys and values, in the order in which the keys were first written. */
export type Values = Map<string, unknown>;

/** Applies changes, and returns what takes them back. Taken back in reverse order, nothing remains of them. */
export function apply(values: Values, changes: readonly Change[]): () => void {
  const before: [key: string, existed: boolean, value: unknown][] = [];
  for (const { key, value } of changes) {
    before.push([key, values.has(key), values.get(key)]);
    if (value === undefined) values.delete(key);
    else values.set(key, value);
  }
  return () => {
    for (const [key, existed, value] of before.reverse()) {
      if (existed) values.set(key, value);
      else values.delete(key);
    }
  };
}

/** Takes the values of a record of the log or the snapshot over. */
export function applyRecord(values: Values, changes: unknown): void {
  for (const change of changes as [string, unknown?][]) {
    if (change.length === 1) values.delete(change[0]);
    else values.set(change[0], change[1]);
  }
}

export interface Prepared {
  /** `["key",value],["removed key"]`: a chunk of a record. */
  readonly text: string;
  /** The same changes with values that nobody else can change: a snapshot must show what was written. */
  readonly changes: readonly Change[];
}

/** Throws TypeError for a value that is not JSON. */
export function prepare(changes: readonly Change[]): Prepared {
  let text = '';
  const own = changes.map(({ key, value }) => {
    if (text !== '') text += ',';
    if (value === undefined) {
      text += `[${JSON.stringify(key)}]`;
      return { key, value };
    }
    const spelled: string | undefined = JSON.stringify(value);
    if (spelled === undefined) throw new TypeError(`The value of "${key}" is not JSON`);
    text += `[${JSON.stringify(key)},${spelled}]`;
    return { key, value: typeof value === 'string' ? value : (JSON.parse(spelled) as unknown) };
  });
  return { text, changes: own };
}

/** A view on the keys that begin with `prefix`; a scope `a` inside it owns the keys that begin with `a/`. */
export class View implements Store {
  readonly #values: Values;
  readonly #prefix: string;
  readonly #write: (changes: readonly Change[]) => Promise<void>;

  constructor(values: Values, prefix: string, write: (changes: readonly Change[]) => Promise<void>) {
    this.#values = values;
    this.#prefix = prefix;
    this.#write = write;
  }

  get(key: string): unknown {
    const value = this.#values.get(this.#prefix + key);
    // A copy: see `prepare`.
    return typeof value === 'object' && value !== null ? JSON.parse(JSON.stringify(value)) : value;
  }

  *keys(prefix: string): Iterable<string> {
    const wanted = this.#prefix + prefix;
    const own = this.#prefix.length;
    for (const key of this.#values.keys()) if (key.startsWith(wanted)) yield key.slice(own);
  }

  write(changes: readonly Change[]): Promise<void> {
    if (this.#prefix === '') return this.#write(changes);
    return this.#write(changes.map(({ key, value }) => ({ key: this.#prefix + key, value })));
  }

  scope(name: string): Store {
    return new View(this.#values, `${this.#prefix}${name}/`, this.#write);
  }
}
