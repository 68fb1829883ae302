import type { Start, StartPoint } from '../../contract/source.ts';
import type { ConsumerSettings } from '../../support/kafka/settings.ts';

/** `auto.offset.reset` counts where nothing of evrun's own says where to begin. */
export function startPoint(
  { point, ignoreStored, lookbackDays }: Start,
  start: string | undefined,
  reset: ConsumerSettings['offsetReset'],
): StartPoint {
  if (start !== undefined || lookbackDays !== undefined || reset === undefined || reset === 'error')
    return point;
  return ignoreStored && point.at !== 'latest' ? point : { at: reset };
}
