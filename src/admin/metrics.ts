import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../contract/clock.ts';
import type { Lag } from '../contract/source.ts';
import { LATENCY_BUCKETS_SECONDS, type PipelineView, type StepStats } from '../contract/stats.ts';
import { LABELLED_METRICS, PIPELINE_METRICS, type Snapshot } from './metric-table.ts';

/*
 * The pipelines' counters as Prometheus text. Nothing is counted here: each scrape reads PipelineStats, so that
 * metrics cost nothing between scrapes. A source that cannot tell its lag in time is left out of the lag metrics,
 * it does not hold up the scrape.
 */
export interface MetricsSettings {
  readonly pipelines: readonly PipelineView[];
  readonly clock: Clock;
  readonly version: string;
}

export interface MetricsText {
  readonly text: string;
  readonly contentType: string;
}

/** Prometheus gives up a scrape after 10 s by default. */
const LAG_TIMEOUT_MS = 2_000;

/** The returned function makes the text of one scrape; not to be called while an earlier call still runs. */
export function createMetrics(settings: MetricsSettings): () => Promise<MetricsText> {
  const registry = new Registry();
  const registers = [registry];
  let snapshots: readonly Snapshot[] = [];

  for (const { kind, name, help, value } of PIPELINE_METRICS) {
    const metric = create(kind, { name, help, labelNames: ['pipeline'], registers }, (set) => {
      for (const at of snapshots) set({ pipeline: at.view.name }, value(at));
    });
    registry.registerMetric(metric);
  }
  for (const { kind, name, help, label, values } of LABELLED_METRICS) {
    const metric = create(kind, { name, help, labelNames: ['pipeline', label], registers }, (set) => {
      for (const at of snapshots) {
        for (const [text, value] of values(at)) set({ pipeline: at.view.name, [label]: text }, value);
      }
    });
    registry.registerMetric(metric);
  }
  registry.registerMetric(new StepDuration(() => snapshots));
  addProcessMetrics(registers, settings.version);

  return async () => {
    snapshots = await Promise.all(settings.pipelines.map((view) => snapshot(view, settings.clock)));
    return { text: await registry.metrics(), contentType: registry.contentType };
  };
}

async function snapshot(view: PipelineView, clock: Clock): Promise<Snapshot> {
  const timeout = new AbortController();
  const lag = await Promise.race([
    view.lag().catch((): undefined => undefined),
    clock.sleep(LAG_TIMEOUT_MS, timeout.signal).then((): Lag | undefined => undefined),
  ]);
  timeout.abort();
  return { view, stats: view.stats, lag: lag ?? {}, now: clock.now() };
}

type Labels = Record<string, string>;
type Fill = (set: (labels: Labels, value: number | undefined) => void) => void;

/** A metric that is emptied and filled anew for every scrape. */
function create(
  kind: 'counter' | 'gauge',
  options: { name: string; help: string; labelNames: string[]; registers: Registry[] },
  fill: Fill,
): Counter | Gauge {
  const metric: Counter | Gauge =
    kind === 'counter'
      ? new Counter({ ...options, collect: () => refill() })
      : new Gauge({ ...options, collect: () => refill() });
  const refill = () => {
    metric.reset();
    fill((labels, value) => {
      if (value !== undefined) metric.inc(labels, value);
    });
  };
  return metric;
}

const DURATION = 'evrun_step_duration_seconds';
const DURATION_HELP = 'Time of one attempt of a step: asynchronous steps and the action.';

/** Its buckets are counted by the engine; the library's histogram can only count by itself. */
class StepDuration extends Histogram {
  readonly #snapshots: () => readonly Snapshot[];

  constructor(snapshots: () => readonly Snapshot[]) {
    super({ name: DURATION, help: DURATION_HELP, registers: [] });
    this.#snapshots = snapshots;
  }

  /** What the registry calls; missing in the library's types. */
  async getForPromString() {
    const values = this.#snapshots().flatMap(({ view, stats }) =>
      stats.steps.flatMap((step) => histogramSamples(view.name, step)),
    );
    return { name: DURATION, help: DURATION_HELP, type: 'histogram', aggregator: 'sum', values };
  }
}

function histogramSamples(pipeline: string, { label, latency }: StepStats) {
  if (latency.count === 0) return [];
  const labels = { pipeline, step: label };
  const bucket = (le: string, value: number) => ({
    metricName: `${DURATION}_bucket`,
    labels: { ...labels, le },
    value,
  });
  return [
    ...LATENCY_BUCKETS_SECONDS.map((bound, index) => bucket(String(bound), latency.counts[index] ?? 0)),
    bucket('+Inf', latency.count),
    { metricName: `${DURATION}_sum`, labels, value: latency.sum },
    { metricName: `${DURATION}_count`, labels, value: latency.count },
  ];
}

function addProcessMetrics(registers: Registry[], version: string): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.', () =>
    Math.round(Date.now() / 1000 - process.uptime()),
  );
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time, user and system.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  const labelNames = ['version'];
  new Gauge({
    name: 'evrun_build_info',
    help: 'Always 1; the label tells the version.',
    labelNames,
    registers,
  }).set({ version }, 1);
}
