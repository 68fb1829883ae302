export interface Change {
  readonly key: string;
  /** Any JSON value; undefined removes the key. */
  readonly value: unknown;
}

/**
 * Keys and JSON values of one pipeline (or one part of it), all in memory, durable once `write` resolves.
 * A write is atomic: after a crash all of its changes are there or none.
 */
export interface Store {
  get(key: string): unknown;
  /** Keys that begin with `prefix`, in the order in which they were first written. */
  keys(prefix: string): Iterable<string>;
  write(changes: readonly Change[]): Promise<void>;
  /** A corner of this store: its keys are prefixed. */
  scope(name: string): Store;
}

/** A store as the process owns it: locked against a second process until closed. */
export interface OwnedStore extends Store {
  close(): Promise<void>;
}
