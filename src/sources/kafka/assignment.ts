/** Topic → numbers of partitions. */
export type Assignment = ReadonlyMap<string, readonly number[]>;

/** How partitions are called everywhere: `orders-0`. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}
