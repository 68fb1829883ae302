import { EvrunError, messageOf } from '../contract/errors.ts';
import type { PipelineParts, PipelinePlan } from '../contract/pipeline.ts';
import type { Lag } from '../contract/source.ts';
import type { PipelineEnd, PipelineHealth, PipelineState, PipelineStats } from '../contract/stats.ts';
import { AttemptWatch } from './attempts.ts';
import { Committer } from './committer.ts';
import { Intake } from './intake.ts';
import { laneKeyOf } from './lane-key.ts';
import { Limits } from './limits.ts';
import { Outage, StoppedError } from './outage.ts';
import { newStats, newStepStats } from './stats.ts';
import { Tracker } from './tracker.ts';
import { Window } from './window.ts';
import { Workload } from './workload.ts';

/** How long closing what is open may take, once nothing is in work. */
const CLOSE_MS = 5_000;

/** Why it ends. `drain`: finish everything that was read. `halt`: only what has begun, in bounded time. */
interface Ending {
  readonly how: 'drain' | 'halt';
  readonly reason: string;
  readonly error?: unknown;
}

/**
 * One life of a pipeline: from building its parts to closing them. A restart makes a new one.
 *
 * starting: parts are built, the source and the action connect.
 * running: batches are read and worked on; the committer commits. An outage is a part of running.
 * stopping: nothing more is read; what was read ends (drain) or what has begun ends (halt); a last commit.
 * ended: everything is closed.
 */
export class Pipeline {
  readonly stats: PipelineStats;
  parts: PipelineParts | undefined;
  private state: PipelineState = 'starting';
  private readonly plan: PipelinePlan;
  private readonly outage: Outage;
  private readonly window: Window;
  private readonly tracker: Tracker;
  private readonly stopReading = new AbortController();
  private readonly halted = new AbortController();
  private ending: Ending | undefined;
  private workload: Workload | undefined;
  private committer: Committer | undefined;
  private bounds: Limits | undefined;
  private watch: AttemptWatch | undefined;
  private haltTimer: NodeJS.Timeout | undefined;
  private extendTimer: NodeJS.Timeout | undefined;
  private giveUpWaiting: (() => void) | undefined;

  constructor(plan: PipelinePlan, stats: PipelineStats = newStats(plan.clock.now())) {
    this.plan = plan;
    this.stats = stats;
    this.window = new Window(stats, plan.options.maxInFlight, plan.options.maxInFlightBytes);
    this.tracker = new Tracker(this.window);
    this.outage = new Outage({
      clock: plan.clock,
      log: plan.log,
      signal: this.stopReading.signal,
      maxOutageMs: plan.options.maxOutageMs,
    });
  }

  /** Never rejects. */
  async run(restart: boolean): Promise<PipelineEnd> {
    try {
      const parts = await this.start(restart);
      await this.work(parts);
    } catch (error) {
      if (!(error instanceof StoppedError)) this.fail(error);
    }
    await this.shutDown();
    this.state = 'ended';
    const { reason, error } = this.ending ?? { reason: 'end of source' };
    return { exitCode: exitCodeOf(error), reason, error };
  }

  /** Stops reading and ends within `shutdown_timeout_seconds`. */
  stop(reason: string): void {
    this.halt({ how: 'halt', reason });
  }

  async reopen(): Promise<void> {
    await this.parts?.source.reopen?.();
    await this.parts?.action.reopen?.();
    await this.parts?.deadLetters.reopen();
  }

  health(): PipelineHealth {
    if (this.state === 'starting' || this.state === 'stopping' || this.state === 'ended') {
      return {
        state: this.state,
        ready: false,
        reason: this.outage.reason ?? `the pipeline is ${this.state}`,
      };
    }
    const reason = this.outage.reason ?? this.parts?.source.stalled?.();
    return { state: reason === undefined ? 'running' : 'outage', ready: reason === undefined, reason };
  }

  async lag(): Promise<Lag | undefined> {
    return this.state === 'running' ? this.parts?.source.lag?.() : undefined;
  }

  private async start(restart: boolean): Promise<PipelineParts> {
    const { plan } = this;
    const parts = await plan.build(
      {
        signal: this.stopReading.signal,
        report: this.outage.report,
        reach: (what, operation) => this.outage.reach(what, operation),
        revoke: (partitions, deadlineMs) => this.revoke(partitions, deadlineMs),
      },
      restart,
    );
    this.parts = parts;
    if (this.stats.steps.length === 0) {
      for (const { label } of parts.steps) this.stats.steps.push(newStepStats(label));
      this.stats.steps.push(newStepStats(`action ${parts.actionType}`));
    }
    this.assemble(parts);
    if (parts.action.open !== undefined) {
      await this.outage.reach(`open the ${parts.actionType} action`, async () => parts.action.open?.());
    }
    await parts.source.open();
    return parts;
  }

  private assemble(parts: PipelineParts): void {
    const { plan, stats, tracker } = this;
    const { options, clock, log } = plan;
    this.watch = new AttemptWatch(clock, options.attemptTimeoutMs, (error) => this.fail(error));
    this.committer = new Committer({
      source: plan.limits.dryRun ? uncommitted(parts.source) : parts.source,
      sourceType: parts.sourceType,
      steps: parts.steps,
      tracker,
      outage: this.outage,
      clock,
      stats,
      intervalMs: options.commitIntervalMs,
      everyEvents: options.commitEvery,
      failed: (error) => this.fail(error),
      caughtUp: () => this.window.nudge(),
    });
    this.workload = new Workload({
      plan,
      journey: {
        pipeline: plan.name,
        steps: parts.steps,
        action: parts.action,
        actionLabel: `action ${parts.actionType}`,
        retries: parts.retries,
        policy: { count: options.retryCount, backoffMs: options.retryBackoffMs },
        clock,
        stats,
        watch: this.watch,
        preview: plan.limits.dryRun ? (plan.preview ?? (() => {})) : undefined,
      },
      laneKey: laneKeyOf(options.orderBy, parts.ordered),
      tracker,
      committer: this.committer,
      deadLetters: parts.deadLetters,
      stats,
      log,
      haltSignal: this.halted.signal,
      thrown: (error) => this.halt(thrownEnding(error)),
      fatal: (error) => this.fail(error),
      ended: (outcome) => {
        this.bounds?.count(outcome);
        if (this.bounds?.exhausted === false) this.window.nudge();
      },
    });
  }

  private async work(parts: PipelineParts): Promise<void> {
    const { plan, stats } = this;
    const workload = this.workload as Workload;
    const committer = this.committer as Committer;
    this.bounds = new Limits(
      plan.limits,
      plan.clock,
      parts.source,
      (reason) => this.drain(reason),
      () => this.outage.reason,
    );
    if (this.ending !== undefined) return;
    this.state = 'running';
    const via = parts.steps.map(({ label }) => label);
    plan.log.info(
      `pipeline ${plan.name} is running: ${[parts.sourceType, ...via, parts.actionType].join(' → ')}`,
    );
    committer.start();
    this.keepExtended(parts);
    await new Intake({
      source: parts.source,
      sourceType: parts.sourceType,
      format: parts.format,
      steps: parts.steps,
      limits: plan.limits,
      clock: plan.clock,
      stats,
      window: this.window,
      tracker: this.tracker,
      committer,
      workload,
      bounds: this.bounds,
      outage: this.outage,
      ending: () => this.ending !== undefined,
    }).run(this.stopReading.signal);
    this.drain('end of source');
  }

  /** Ends after everything that was read has an outcome. */
  private drain(reason: string): void {
    if (this.ending !== undefined) return;
    this.ending = { how: 'drain', reason };
    this.state = 'stopping';
    this.stopReading.abort();
    this.window.nudge();
  }

  private fail(error: unknown): void {
    const code = error instanceof EvrunError ? error.code : 'EVR_INTERNAL';
    const reason = code === 'EVR_OUTPUT_CLOSED' ? 'its output was closed' : messageOf(error);
    this.halt({ how: 'halt', reason, error });
  }

  private halt(ending: Ending): void {
    if (this.ending?.how === 'halt') return;
    this.ending = ending;
    this.state = 'stopping';
    this.stopReading.abort();
    this.halted.abort();
    this.window.nudge();
    const { shutdownTimeoutMs } = this.plan.options;
    const graceMs = Math.min(1_000, shutdownTimeoutMs / 4);
    const stopped = new EvrunError('EVR_TIMEOUT', 'the pipeline stopped before the attempt ended');
    this.watch?.abort(stopped, 'waiting');
    this.haltTimer = setTimeout(() => {
      this.watch?.abort(stopped, 'all');
      this.haltTimer = setTimeout(() => this.giveUpWaiting?.(), graceMs);
    }, shutdownTimeoutMs - graceMs);
    this.workload?.halt();
  }

  private async shutDown(): Promise<void> {
    const { parts, plan, workload, committer } = this;
    this.stopReading.abort();
    if (workload !== undefined) {
      const gaveUp = new Promise<void>((resolve) => {
        this.giveUpWaiting = resolve;
      });
      await Promise.race([workload.drained(), gaveUp]);
    }
    clearTimeout(this.haltTimer);
    clearInterval(this.extendTimer);
    committer?.stop();
    this.watch?.close();
    if (parts === undefined) return;
    const { deadLetters, source, action, steps } = parts;
    const closing = Math.min(CLOSE_MS, plan.options.shutdownTimeoutMs);
    if (committer !== undefined) {
      await this.within(closing, 'store the last position', () => committer.commitNow(), true);
    }
    await this.within(closing, `close the ${parts.sourceType} source`, () => source.close());
    await this.within(closing, `close the ${parts.actionType} action`, () => action.close());
    for (const { label, transformer } of steps) {
      await this.within(closing, `close ${label}`, async () => transformer.close?.());
    }
    await this.within(closing, 'close the dead letters', () => deadLetters.close());
    await this.within(closing, 'release the state', () => parts.release());
  }

  /** Closing is bounded and goes on with the next part whatever happens. `matters`: its failure is an end. */
  private async within(ms: number, what: string, close: () => Promise<void>, matters = false): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new EvrunError('EVR_TIMEOUT', `it took longer than ${ms / 1000} s`)),
          ms,
        );
      });
      await Promise.race([close(), late]);
    } catch (error) {
      this.plan.log.warn(`could not ${what}: ${messageOf(error)}`);
      if (matters && this.ending?.error === undefined) {
        this.ending = { how: 'halt', reason: `could not ${what}: ${messageOf(error)}`, error };
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private keepExtended(parts: PipelineParts): void {
    const { source } = parts;
    if (source.extend === undefined || source.extendEveryMs === undefined) return;
    this.extendTimer = setInterval(() => {
      source.extend?.([...this.tracker.open()]).catch((error: unknown) => {
        this.plan.log.warn(`could not extend what is in work: ${messageOf(error)}. It may come again`);
      });
    }, source.extendEveryMs);
  }

  /** See SourceContext.revoke. */
  private async revoke(partitions: readonly string[], deadlineMs: number): Promise<void> {
    const deadline = AbortSignal.any([AbortSignal.timeout(deadlineMs), this.halted.signal]);
    const theirs = new Set(partitions);
    const working = () => {
      for (const task of this.workload?.open ?? []) {
        if (task.begun && theirs.has(task.entry.frontier.partition)) return false;
      }
      return true;
    };
    await this.workload?.until(working, deadline);
    try {
      await this.committer?.commitNow();
    } catch (error) {
      this.plan.log.warn(
        `could not commit before partitions left: ${messageOf(error)}. Their events may repeat`,
      );
    }
    this.tracker.revoke(partitions);
  }
}

function thrownEnding(error: unknown): Ending {
  const sentence = `failure_mode THROW: ${messageOf(error)}`;
  return { how: 'halt', reason: sentence, error: new EvrunError('EVR_THROW', sentence, { cause: error }) };
}

function exitCodeOf(error: unknown): number {
  if (error === undefined) return 0;
  return error instanceof EvrunError ? error.exitCode : 1;
}

/** --dry-run: positions are not stored. */
function uncommitted(source: PipelineParts['source']): PipelineParts['source'] {
  return { open: () => source.open(), read: (signal) => source.read(signal), close: () => source.close() };
}
