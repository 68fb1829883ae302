import type { PipelineOptions } from '../contract/pipeline.ts';
import type { Task } from './task.ts';

/**
 * What must stay in order with what. By key: the format's key, else the record's; an event without one keeps
 * its partition's order where the source has an order, and none where it has not. Undefined = no lane.
 */
export function laneKeyOf(
  orderBy: PipelineOptions['orderBy'],
  ordered: boolean,
): (task: Task) => string | undefined {
  switch (orderBy) {
    case 'none':
      return () => undefined;
    case 'source':
      return () => NOT_A_KEY;
    case 'partition':
      return partitionLane;
    case 'key':
      return (task) => {
        const { delivery } = task.entry;
        const key = delivery?.lane ?? task.original?.key ?? delivery?.record.key;
        if (key !== undefined) return key;
        return ordered ? partitionLane(task) : undefined;
      };
  }
}

/** Keys are used as they are, since that costs nothing; what begins with this is no key. */
const NOT_A_KEY = '\u0000lane\u0000';

function partitionLane(task: Task): string {
  return `${NOT_A_KEY}${task.entry.frontier.partition}`;
}
