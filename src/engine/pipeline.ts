import { setMaxListeners } from 'node:events';
import { EvrunError, messageOf, withFullStop } from '../contract/errors.ts';
import type { PipelineParts, PipelinePlan } from '../contract/pipeline.ts';
import type { Lag } from '../contract/source.ts';
import type { PipelineEnd, PipelineHealth, PipelineState, PipelineStats } from '../contract/stats.ts';
import { closeParts, within } from './closing.ts';
import { Halt } from './halt.ts';
import { Outage, StoppedError } from './outage.ts';
import { newStats } from './stats.ts';
import { Tracker } from './tracker.ts';
import { Window } from './window.ts';
import { assemble, type Ground, type Works } from './works.ts';

/** How long closing one part may take, once nothing is in work. */
const CLOSE_MS = 5_000;
/** A source that cannot tell its lag by then leaves it out of the report. */
const LAST_LAG_MS = 500;

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
  private readonly ground: Ground;
  private readonly stopReading = new AbortController();
  private readonly halting = new Halt();
  private works: Works | undefined;
  private ending: Ending | undefined;
  private extendTimer: NodeJS.Timeout | undefined;
  /** What was left behind when it ended, for the report. */
  private lastLag: Lag | undefined;

  constructor(plan: PipelinePlan, stats: PipelineStats = newStats(plan.clock.now())) {
    const { options, clock, log } = plan;
    const window = new Window(stats, options.maxInFlight, options.maxInFlightBytes);
    const signal = this.stopReading.signal;
    // Whatever waits for a source listens to it: many are no leak.
    setMaxListeners(0, signal);
    this.plan = plan;
    this.stats = stats;
    this.ground = {
      plan,
      stats,
      window,
      tracker: new Tracker(window),
      outage: new Outage({ clock, log, signal, maxOutageMs: options.maxOutageMs }),
      haltSignal: this.halting.signal,
    };
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
    const { state } = this;
    const { outage } = this.ground;
    if (state === 'starting' || state === 'stopping' || state === 'ended') {
      return { state, ready: false, reason: outage.reason ?? `the pipeline is ${state}` };
    }
    const reason = outage.reason ?? this.parts?.source.stalled?.();
    return { state: reason === undefined ? 'running' : 'outage', ready: reason === undefined, reason };
  }

  async lag(): Promise<Lag | undefined> {
    return this.state === 'running' ? this.parts?.source.lag?.() : this.lastLag;
  }

  private async start(restart: boolean): Promise<PipelineParts> {
    const { outage } = this.ground;
    const building = this.plan.build(
      {
        signal: this.stopReading.signal,
        report: outage.report,
        reach: async (what, operation) => {
          const result = await outage.reach(what, operation);
          outage.connect();
          return result;
        },
        revoke: (partitions, deadlineMs) => this.revoke(partitions, deadlineMs),
      },
      restart,
    );
    const gaveUp = this.halting.over.then(() => Promise.reject(new StoppedError()));
    const parts = await Promise.race([building, gaveUp]);
    this.parts = parts;
    this.works = assemble(this.ground, parts, {
      drain: (reason) => this.drain(reason),
      fail: (error) => this.fail(error),
      thrown: (error) => this.halt(thrownEnding(error)),
      ending: () => this.ending !== undefined,
    });
    const { action, actionType, source } = parts;
    if (action.open !== undefined) {
      await outage.reach(`open the ${actionType} action`, async () => action.open?.());
    }
    await Promise.race([source.open(), this.halting.over]);
    return parts;
  }

  private async work(parts: PipelineParts): Promise<void> {
    const { plan, works } = this;
    if (this.ending !== undefined || works === undefined) return;
    this.state = 'running';
    const journey = [parts.sourceType, ...parts.steps.map(({ label }) => label), parts.actionType];
    plan.log.info(`pipeline ${plan.name} is running: ${journey.join(' → ')}`);
    works.committer.start();
    this.keepExtended(parts);
    await works.intake.run(this.stopReading.signal);
    this.drain('end of source');
  }

  /** Ends after everything that was read has an outcome. */
  private drain(reason: string): void {
    if (this.ending !== undefined) return;
    this.ending = { how: 'drain', reason };
    this.stopTaking();
  }

  private fail(error: unknown): void {
    const closed = error instanceof EvrunError && error.code === 'EVR_OUTPUT_CLOSED';
    this.halt({ how: 'halt', reason: closed ? 'its output was closed' : messageOf(error), error });
  }

  private halt(ending: Ending): void {
    if (this.ending?.how === 'halt') return;
    this.ending = ending;
    this.stopTaking();
    this.halting.begin(this.plan.options.shutdownTimeoutMs, this.works?.watch);
    this.works?.workload.halt();
  }

  private stopTaking(): void {
    this.state = 'stopping';
    this.stopReading.abort();
    this.ground.window.nudge();
  }

  private async shutDown(): Promise<void> {
    const { parts, plan, works } = this;
    this.stopReading.abort();
    if (works !== undefined) {
      await Promise.race([works.workload.drained(), this.halting.over]);
      works.committer.stop();
      works.watch.close();
    }
    this.halting.clear();
    clearInterval(this.extendTimer);
    if (parts === undefined) return;
    const ms = Math.min(CLOSE_MS, plan.options.shutdownTimeoutMs);
    try {
      await within(ms, async () => works?.committer.commitNow());
    } catch (error) {
      const [what, then] = lastCommit(parts);
      const reason = `could not ${what}: ${messageOf(error)}`;
      plan.log.warn(`${reason}. ${then}`);
      if (this.ending?.error === undefined) this.ending = { how: 'halt', reason, error };
    }
    await this.askLastLag(parts);
    await closeParts(parts, ms, (what, error) => plan.log.warn(`could not ${what}: ${messageOf(error)}`));
  }

  private async askLastLag({ source }: PipelineParts): Promise<void> {
    if (source.lag === undefined || this.ground.outage.reason !== undefined) return;
    const ask = async () => {
      this.lastLag = await source.lag?.();
    };
    await within(LAST_LAG_MS, ask).catch(() => {});
  }

  private keepExtended({ source }: PipelineParts): void {
    if (source.extend === undefined || source.extendEveryMs === undefined) return;
    this.extendTimer = setInterval(() => {
      source.extend?.([...this.ground.tracker.open()]).catch((error: unknown) => {
        this.plan.log.warn(
          `could not extend what is in work: ${withFullStop(messageOf(error))} It may come again`,
        );
      });
    }, source.extendEveryMs);
  }

  /** See SourceContext.revoke. */
  private async revoke(partitions: readonly string[], deadlineMs: number): Promise<void> {
    const { works } = this;
    this.ground.tracker.leave(partitions);
    await works?.workload.quiet(partitions, deadlineMs);
    try {
      await works?.committer.commitNow();
    } catch (error) {
      const repeat = 'Their events may repeat';
      this.plan.log.warn(`could not commit before partitions left: ${messageOf(error)}. ${repeat}`);
    }
    const { tracker } = this.ground;
    tracker.revoke(partitions);
    this.stats.revoked = tracker.revoked;
  }
}

/** What a last commit that failed was to do, and what that means. A queue has no position. */
function lastCommit({ source, sourceType }: PipelineParts): [what: string, then: string] {
  return source.commit === undefined
    ? [`acknowledge the last messages of ${sourceType}`, 'They may come again']
    : ['store the last position', 'What was done since the one before will be done again'];
}

function thrownEnding(error: unknown): Ending {
  const reason = `failure_mode THROW: ${messageOf(error)}`;
  return { how: 'halt', reason, error: new EvrunError('EVR_THROW', reason, { cause: error }) };
}

function exitCodeOf(error: unknown): number {
  if (error === undefined) return 0;
  return error instanceof EvrunError ? error.exitCode : 1;
}
