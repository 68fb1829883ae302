/** Something that can be in one bag at a time. */
export interface Placed {
  /** Its place in the bag; -1 = in none. Only the bag writes it. */
  place: number;
}

/**
 * Objects in no order, each of which knows its place: for what comes and goes with every event. A Set takes twice as
 * long, and each table that it leaves behind points to the next one: once one of them is old, the garbage collector
 * takes everything that was ever in one for alive until it next looks at the whole heap.
 */
export class Bag<T extends Placed> implements Iterable<T> {
  private readonly items: T[] = [];

  get size(): number {
    return this.items.length;
  }

  has(item: T): boolean {
    return this.items[item.place] === item;
  }

  add(item: T): void {
    if (!this.has(item)) item.place = this.items.push(item) - 1;
  }

  remove(item: T): void {
    if (!this.has(item)) return;
    const { place } = item;
    item.place = -1;
    const last = this.items.pop() as T;
    if (last === item) return;
    this.items[place] = last;
    last.place = place;
  }

  clear(): void {
    this.items.length = 0;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.items[Symbol.iterator]();
  }
}
