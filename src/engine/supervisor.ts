import { type Clock, systemClock } from '../contract/clock.ts';
import { type ErrorCode, EvrunError } from '../contract/errors.ts';
import type { PipelinePlan } from '../contract/pipeline.ts';
import type { Lag } from '../contract/source.ts';
import type { PipelineEnd, PipelineHealth, PipelineView } from '../contract/stats.ts';
import { Pipeline } from './pipeline.ts';
import { newStats } from './stats.ts';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** A pipeline that ran this long before it failed begins its waits anew. */
const RAN_WELL_MS = 60_000;

/** Passing errors of evrun itself: they restart a pipeline although the event's retries are over. */
const PASSING: readonly ErrorCode[] = ['EVR_UNREACHABLE', 'EVR_INTERNAL', 'EVR_TIMEOUT'];

/**
 * Runs several pipelines in one process. One that fails never stops the others: after an outage or an
 * unexpected error it is restarted with growing waits, as long as others may still be running beside it. What
 * trying again cannot help (THROW, a recipe error, refused credentials, a held lock) ends it for good.
 * A single pipeline is not restarted: whoever started the process decides.
 */
export class Supervisor {
  readonly pipelines: readonly PipelineView[];
  private readonly supervised: readonly Supervised[];

  constructor(plans: readonly PipelinePlan[], options: { clock?: Clock } = {}) {
    const clock = options.clock ?? systemClock;
    this.supervised = plans.map((plan) => new Supervised(plan, clock, plans.length > 1));
    this.pipelines = this.supervised;
  }

  /** Resolves when all have ended; never rejects. */
  run(): Promise<readonly PipelineEnd[]> {
    return Promise.all(this.supervised.map((each) => each.run()));
  }

  stop(reason: string): void {
    for (const each of this.supervised) each.stop(reason);
  }

  async reopen(): Promise<void> {
    for (const each of this.supervised) await each.reopen();
  }
}

class Supervised implements PipelineView {
  readonly name: string;
  readonly recipe: string;
  readonly stats;
  restarts = 0;
  end: PipelineEnd | undefined = undefined;
  private readonly plan: PipelinePlan;
  private readonly clock: Clock;
  private readonly mayRestart: boolean;
  private readonly stopped = new AbortController();
  private current: Pipeline;
  private waiting: string | undefined = undefined;

  constructor(plan: PipelinePlan, clock: Clock, mayRestart: boolean) {
    this.plan = plan;
    this.clock = clock;
    this.mayRestart = mayRestart;
    this.name = plan.name;
    this.recipe = plan.recipe;
    this.stats = newStats(plan.clock.now());
    this.current = new Pipeline(plan, this.stats);
  }

  get sourceType(): string | undefined {
    return this.current.parts?.sourceType;
  }

  get actionType(): string | undefined {
    return this.current.parts?.actionType;
  }

  get deadLetters(): string | undefined {
    return this.current.parts?.deadLetters.path;
  }

  async run(): Promise<PipelineEnd> {
    let failures = 0;
    let refusals = 0;
    for (;;) {
      const startedAt = this.clock.monotonic();
      const end = await this.current.run(this.restarts > 0);
      const ranMs = this.clock.monotonic() - startedAt;
      if (ranMs > RAN_WELL_MS) {
        failures = 0;
        refusals = 0;
      }
      const waitMs = await this.waitBefore(end, failures, refusals);
      if (waitMs === undefined || this.stopped.signal.aborted) return this.ended(end);
      if (isRefused(end)) refusals += 1;
      else failures += 1;
      this.waiting = `${end.reason}; starting again in ${Math.ceil(waitMs / 1000)} s`;
      this.plan.log.warn(`pipeline ${this.name} failed: ${this.waiting}`);
      await this.clock.sleep(waitMs, this.stopped.signal);
      this.waiting = undefined;
      if (this.stopped.signal.aborted) return this.ended(end);
      this.restarts += 1;
      this.current = new Pipeline(this.plan, this.stats);
    }
  }

  stop(reason: string): void {
    this.stopped.abort();
    this.current.stop(reason);
  }

  reopen(): Promise<void> {
    return this.current.reopen();
  }

  health(): PipelineHealth {
    if (this.end !== undefined) return { state: 'ended', ready: false, reason: this.end.reason };
    if (this.waiting !== undefined) return { state: 'restarting', ready: false, reason: this.waiting };
    return this.current.health();
  }

  lag(): Promise<Lag | undefined> {
    return this.current.lag();
  }

  private ended(end: PipelineEnd): PipelineEnd {
    this.end = end;
    const { log } = this.plan;
    if (end.exitCode === 0) log.info(`pipeline ${this.name} has ended: ${end.reason}`);
    else {
      const code = end.error instanceof EvrunError ? end.error.code : 'EVR_INTERNAL';
      log.error(`pipeline ${this.name} has failed: ${end.reason}`, { code, exitCode: end.exitCode });
      if (code === 'EVR_INTERNAL' && end.error instanceof Error) log.error(String(end.error.stack));
    }
    return end;
  }

  /** Milliseconds until the next start; undefined = it has ended for good. */
  private async waitBefore(
    end: PipelineEnd,
    failures: number,
    refusals: number,
  ): Promise<number | undefined> {
    const { error } = end;
    if (error === undefined) return undefined;
    // What it has read cannot be read again, and the rest would begin in the middle of a line.
    if (this.current.parts?.resumable === false && this.stats.read > 0) return undefined;
    // A secret may have been rotated while the pipeline ran.
    if (isRefused(end)) return refusals === 0 && (await this.plan.changed()) ? 0 : undefined;
    if (!this.mayRestart) return undefined;
    if (error instanceof EvrunError && error.retry === 'never' && !PASSING.includes(error.code))
      return undefined;
    return Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);
  }
}

function isRefused({ error }: PipelineEnd): boolean {
  return error instanceof EvrunError && error.code === 'EVR_REFUSED';
}
