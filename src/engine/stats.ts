import { LATENCY_BUCKETS_SECONDS, type PipelineStats, type StepStats } from '../contract/stats.ts';

export function newStats(startedAt: number): PipelineStats {
  return {
    startedAt,
    read: 0,
    acted: 0,
    dropped: 0,
    dead: 0,
    returned: 0,
    prefiltered: 0,
    ignored: new Map(),
    retries: 0,
    stale: 0,
    revoked: 0,
    inFlight: 0,
    inFlightBytes: 0,
    commits: 0,
    lastCommitAt: undefined,
    lastEventAt: undefined,
    steps: [],
  };
}

export function newStepStats(label: string): StepStats {
  const counts = new Array<number>(LATENCY_BUCKETS_SECONDS.length + 1).fill(0);
  return { label, processed: 0, dropped: 0, failed: 0, latency: { counts, sum: 0, count: 0 } };
}

/** Adds one observation to a cumulative histogram. */
export function observe(step: StepStats, seconds: number): void {
  const { latency } = step;
  latency.count += 1;
  latency.sum += seconds;
  const { counts } = latency;
  for (let i = LATENCY_BUCKETS_SECONDS.length - 1; i >= 0; i -= 1) {
    if (seconds > (LATENCY_BUCKETS_SECONDS[i] as number)) break;
    counts[i] = (counts[i] as number) + 1;
  }
  const last = counts.length - 1;
  counts[last] = (counts[last] as number) + 1;
}
