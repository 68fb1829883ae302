import type { Lag } from './source.ts';

/** Counters of one pipeline since it started. Plain numbers, read by the report, the status line and /metrics. */
export interface PipelineStats {
  readonly startedAt: number;
  /** Records that were read, prefiltered ones included. */
  read: number;
  acted: number;
  dropped: number;
  dead: number;
  returned: number;
  /** Of `dropped`: never parsed. */
  prefiltered: number;
  /** Of `dropped`: records that are none of ours, by the format's reason. */
  readonly ignored: Map<string, number>;
  /** Failed attempts that were tried again. */
  retries: number;
  /** Outcomes that arrived after their partition was taken away. */
  stale: number;
  /** Deliveries that were not finished when their partition was taken away. */
  revoked: number;
  /** Deliveries read and not yet behind the frontier, and their bytes. */
  inFlight: number;
  inFlightBytes: number;
  commits: number;
  /** Clock.now() of the last commit and of the last record that was read; undefined = none yet. */
  lastCommitAt: number | undefined;
  lastEventAt: number | undefined;
  readonly steps: StepStats[];
}

export interface StepStats {
  readonly label: string;
  processed: number;
  dropped: number;
  failed: number;
  /** Seconds; `counts[i]` = observations <= LATENCY_BUCKETS[i], the last one counts all. Async steps and actions. */
  readonly latency: { readonly counts: number[]; sum: number; count: number };
}

export const LATENCY_BUCKETS_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const;

export type PipelineState = 'starting' | 'running' | 'outage' | 'restarting' | 'stopping' | 'ended';

/** What /readyz says about one pipeline. */
export interface PipelineHealth {
  readonly state: PipelineState;
  readonly ready: boolean;
  /** Why it is not ready. */
  readonly reason?: string | undefined;
}

/** How one pipeline ended. */
export interface PipelineEnd {
  readonly exitCode: number;
  /** e.g. `stopped by SIGTERM`, `idle for 30 s`, `end of source`, `--max-events 10 reached`. */
  readonly reason: string;
  readonly error?: unknown;
}

/** One pipeline as the status line, the report and the admin server see it. */
export interface PipelineView {
  readonly name: string;
  readonly recipe: string;
  readonly stats: PipelineStats;
  /** Known once the parts were built. */
  readonly sourceType: string | undefined;
  readonly actionType: string | undefined;
  /** Path of `failed_events.log`. */
  readonly deadLetters: string | undefined;
  /** Set once it has ended for good. */
  readonly end: PipelineEnd | undefined;
  readonly restarts: number;
  health(): PipelineHealth;
  lag(): Promise<Lag | undefined>;
}
