import type { PipelineParts, PipelinePlan } from '../contract/pipeline.ts';
import type { PipelineStats } from '../contract/stats.ts';
import { AttemptWatch } from './attempts.ts';
import { Burial } from './burial.ts';
import { Committer } from './committer.ts';
import { Intake } from './intake.ts';
import { laneKeyOf } from './lane-key.ts';
import { Limits } from './limits.ts';
import type { Outage } from './outage.ts';
import { newStepStats } from './stats.ts';
import type { Tracker } from './tracker.ts';
import type { Window } from './window.ts';
import { Workload } from './workload.ts';

/** What one life of a pipeline owns before its parts are built. */
export interface Ground {
  readonly plan: PipelinePlan;
  readonly stats: PipelineStats;
  readonly window: Window;
  readonly tracker: Tracker;
  readonly outage: Outage;
  /** Aborted when only what has begun may still end. */
  readonly haltSignal: AbortSignal;
}

/** What the machinery tells the pipeline. */
export interface Signals {
  /** Asked for: finish everything that was read. */
  drain(reason: string): void;
  /** The pipeline cannot go on. */
  fail(error: unknown): void;
  /** `failure_mode: THROW` met a dead delivery. */
  thrown(error: unknown): void;
  ending(): boolean;
}

/** The moving parts of one pipeline, wired to each other. */
export interface Works {
  readonly watch: AttemptWatch;
  readonly committer: Committer;
  readonly workload: Workload;
  readonly intake: Intake;
}

export function assemble(ground: Ground, parts: PipelineParts, signals: Signals): Works {
  const { plan, stats, window, tracker, outage, haltSignal } = ground;
  const { options, limits, clock, log } = plan;
  const { source, sourceType, steps, action, actionType, deadLetters } = parts;
  if (stats.steps.length === 0) {
    for (const { label } of steps) stats.steps.push(newStepStats(label));
    stats.steps.push(newStepStats(`action ${actionType}`));
  }
  const kept = limits.dryRun ? uncommitted(source) : source;
  const watch = new AttemptWatch(clock, options.attemptTimeoutMs, (error) => signals.fail(error));
  const committer = new Committer({
    source: kept,
    sourceType,
    steps,
    tracker,
    outage,
    clock,
    stats,
    intervalMs: options.commitIntervalMs,
    everyEvents: options.commitEvery,
    failed: (error) => signals.fail(error),
    caughtUp: () => window.nudge(),
  });
  const bounds = new Limits(
    limits,
    clock,
    source,
    (reason) => signals.drain(reason),
    () => outage.reason,
  );
  const readOn = () => {
    if (workload.roomy && !bounds.exhausted) window.nudge();
  };
  const workload: Workload = new Workload({
    plan,
    journey: {
      pipeline: plan.name,
      steps,
      action,
      actionLabel: `action ${actionType}`,
      retries: parts.retries,
      policy: { count: options.retryCount, backoffMs: options.retryBackoffMs },
      clock,
      stats,
      watch,
      log,
      preview: limits.dryRun ? (plan.preview ?? (() => {})) : undefined,
    },
    laneKey: laneKeyOf(options.orderBy, parts.ordered),
    tracker,
    committer,
    burial: new Burial({ plan, deadLetters, alsoFile: kept.deadLetter?.bind(kept), stats, log }),
    stats,
    haltSignal,
    thrown: (error) => signals.thrown(error),
    fatal: (error) => signals.fail(error),
    ended: (outcome) => {
      bounds.count(outcome);
      readOn();
    },
    parked: readOn,
  });
  const intake = new Intake({
    source,
    sourceType,
    format: parts.format,
    steps,
    clock,
    stats,
    window,
    tracker,
    committer,
    workload,
    bounds,
    outage,
    ending: () => signals.ending(),
  });
  return { watch, committer, workload, intake };
}

/** --dry-run: positions and dead letters are not stored. */
function uncommitted(source: PipelineParts['source']): PipelineParts['source'] {
  return {
    open: () => source.open(),
    read: (signal) => source.read(signal),
    close: () => source.close(),
  };
}
