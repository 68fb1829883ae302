import type { Lag } from '../contract/source.ts';
import type { PipelineStats, PipelineView } from '../contract/stats.ts';
import { pipelineReadiness } from './readiness.ts';

/** One pipeline at the moment of a scrape. */
export interface Snapshot {
  readonly view: PipelineView;
  readonly stats: PipelineStats;
  readonly lag: Lag;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A metric of each pipeline. Undefined = not known: no sample is written. */
export interface MetricRow {
  readonly kind: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  readonly value: (at: Snapshot) => number | undefined;
}

/** A metric that has several values per pipeline, told apart by one more label. */
export interface LabelledMetricRow {
  readonly kind: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  readonly label: string;
  readonly values: (at: Snapshot) => Iterable<readonly [label: string, value: number]>;
}

const counter = (name: string, help: string, value: MetricRow['value']): MetricRow => ({
  kind: 'counter',
  name,
  help,
  value,
});
const gauge = (name: string, help: string, value: MetricRow['value']): MetricRow => ({
  kind: 'gauge',
  name,
  help,
  value,
});
const secondsSince = (time: number | undefined, now: number): number | undefined =>
  time === undefined ? undefined : Math.max(0, (now - time) / 1000);

export const PIPELINE_METRICS: readonly MetricRow[] = [
  counter('evrun_read_events_total', 'Records that were read.', ({ stats }) => stats.read),
  counter('evrun_prefiltered_events_total', 'Dropped records that were never parsed.', (at) => {
    return at.stats.prefiltered;
  }),
  counter('evrun_dead_letters_total', 'Events written to failed_events.log.', ({ stats }) => stats.dead),
  counter('evrun_retries_total', 'Failed attempts that were tried again.', ({ stats }) => stats.retries),
  counter('evrun_stale_outcomes_total', 'Outcomes that came after their partition was taken away.', (at) => {
    return at.stats.stale;
  }),
  counter('evrun_commits_total', 'Commits of the position.', ({ stats }) => stats.commits),
  counter('evrun_restarts_total', 'Restarts after an unexpected end.', ({ view }) => view.restarts),
  gauge(
    'evrun_in_flight_events',
    'Events read and not yet behind the position that can be committed.',
    (at) => {
      return at.stats.inFlight;
    },
  ),
  gauge('evrun_in_flight_bytes', 'Bytes of the events in flight.', ({ stats }) => stats.inFlightBytes),
  gauge(
    'evrun_lag_events',
    'Records behind the newest one, where the source knows.',
    ({ lag }) => lag.events,
  ),
  gauge('evrun_lag_bytes', 'Bytes behind the end, for sources that read files.', ({ lag }) => lag.bytes),
  gauge('evrun_last_event_age_seconds', 'Time since the last record was read.', ({ stats, now }) =>
    secondsSince(stats.lastEventAt, now),
  ),
  gauge('evrun_commit_age_seconds', 'Time since the last commit.', ({ stats, now }) =>
    secondsSince(stats.lastCommitAt, now),
  ),
  gauge('evrun_pipeline_ready', '1 while the pipeline does its work or has ended as asked.', ({ view }) =>
    Number(pipelineReadiness(view).ready),
  ),
  gauge('evrun_pipeline_start_time_seconds', 'When the pipeline started, in seconds since 1970.', (at) => {
    return at.stats.startedAt / 1000;
  }),
];

export const LABELLED_METRICS: readonly LabelledMetricRow[] = [
  {
    kind: 'counter',
    name: 'evrun_events_total',
    help: 'Events by what became of them.',
    label: 'outcome',
    values: ({ stats }) => [
      ['acted', stats.acted],
      ['dropped', stats.dropped],
      ['dead', stats.dead],
      ['returned', stats.returned],
    ],
  },
  {
    kind: 'counter',
    name: 'evrun_ignored_events_total',
    help: 'Dropped records that are none of the format, by its reason.',
    label: 'reason',
    values: ({ stats }) => stats.ignored,
  },
  {
    kind: 'gauge',
    name: 'evrun_partition_lag_events',
    help: 'Records behind the newest one, by partition, where the source knows.',
    label: 'partition',
    values: ({ lag }) => Object.entries(lag.partitions ?? {}),
  },
  stepMetric('evrun_step_events_total', 'Events that a step worked on.', 'processed'),
  stepMetric('evrun_step_dropped_events_total', 'Events that a step dropped.', 'dropped'),
  stepMetric('evrun_step_failures_total', 'Events that failed at a step.', 'failed'),
  {
    kind: 'gauge',
    name: 'evrun_pipeline_state',
    help: '1 for the state that the pipeline is in.',
    label: 'state',
    values: ({ view }) => [[pipelineReadiness(view).state, 1]],
  },
];

function stepMetric(
  name: string,
  help: string,
  field: 'processed' | 'dropped' | 'failed',
): LabelledMetricRow {
  const values = ({ stats }: Snapshot) => stats.steps.map((step) => [step.label, step[field]] as const);
  return { kind: 'counter', name, help, label: 'step', values };
}
