import type { Lag } from '../../src/contract/source.ts';
import type { PipelineEnd, PipelineHealth, PipelineStats, PipelineView } from '../../src/contract/stats.ts';
import { newStats } from '../../src/engine/stats.ts';

export function emptyStats(changes: Partial<PipelineStats> = {}): PipelineStats {
  return { ...newStats(1_000), ...changes };
}

/** A pipeline as the engine shows it, with what a test wants to see changed. */
export function viewOf(
  changes: Partial<Omit<PipelineView, 'health' | 'lag'>> & {
    health?: PipelineHealth;
    lag?: () => Promise<Lag | undefined>;
  } = {},
): PipelineView {
  const { health, lag, ...rest } = changes;
  return {
    name: 'tags',
    recipe: 'recipes/tags.yml',
    stats: emptyStats(),
    sourceType: 'file',
    actionType: 'http',
    deadLetters: 'logs/tags/failed_events.log',
    end: undefined as PipelineEnd | undefined,
    restarts: 0,
    health: () => health ?? { state: 'running', ready: true },
    lag: lag ?? (async () => undefined),
    ...rest,
  };
}
