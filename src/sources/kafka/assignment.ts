/** Topic → numbers of partitions. */
export type Assignment = ReadonlyMap<string, readonly number[]>;

/** How partitions are called everywhere: `orders-0`. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

export function topicPartitionOf(name: string): { readonly topic: string; readonly partition: number } {
  const at = name.lastIndexOf('-');
  return { topic: name.slice(0, at), partition: Number(name.slice(at + 1)) };
}
