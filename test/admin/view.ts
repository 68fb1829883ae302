import type { Lag } from '../../src/contract/source.ts';
import type { PipelineEnd, PipelineHealth, PipelineStats, PipelineView } from '../../src/contract/stats.ts';

export function emptyStats(changes: Partial<PipelineStats> = {}): PipelineStats {
  return {
    startedAt: 1_000,
    read: 0,
    acted: 0,
    dropped: 0,
    dead: 0,
    returned: 0,
    prefiltered: 0,
    ignored: new Map(),
    retries: 0,
    stale: 0,
    inFlight: 0,
    inFlightBytes: 0,
    commits: 0,
    lastCommitAt: undefined,
    lastEventAt: undefined,
    steps: [],
    ...changes,
  };
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
