import type { DeadLetters } from '../contract/dead-letter.ts';
import { messageOf } from '../contract/errors.ts';
import type { Logger } from '../contract/log.ts';
import type { PipelinePlan } from '../contract/pipeline.ts';
import type { Delivery, Source } from '../contract/source.ts';
import type { PipelineStats } from '../contract/stats.ts';
import { idOf, letterOf } from './letters.ts';
import type { Failure, Task } from './task.ts';

export interface BurialParts {
  readonly plan: PipelinePlan;
  readonly deadLetters: DeadLetters;
  /** Where the source's own system keeps dead letters too. */
  readonly alsoFile: Source['deadLetter'];
  readonly stats: PipelineStats;
  readonly log: Logger;
}

const SAY_EVERY_MS = 60_000;

/** Writes down the deliveries that failed for good, before they end. (Invariant 3.) */
export class Burial {
  private readonly parts: BurialParts;
  private sayAgainAt = 0;

  constructor(parts: BurialParts) {
    this.parts = parts;
  }

  /** `failure_mode: CONTINUE`: the position moves past what is dead. */
  get goesOn(): boolean {
    return this.parts.plan.options.failureMode === 'CONTINUE';
  }

  /** Resolves once its line is on disk, and where the source keeps them too. Rejects: it must not be committed. */
  async file(task: Task, failure: Failure): Promise<void> {
    const { plan, deadLetters, alsoFile } = this.parts;
    const { goesOn } = this;
    const at = new Date(plan.clock.now()).toISOString();
    const { name: pipeline, recipeHash } = plan;
    const letter = letterOf(task, failure, { pipeline, recipeHash, at, committed: goesOn });
    await deadLetters.append(letter);
    if (goesOn && alsoFile !== undefined) await alsoFile(letter, task.entry.delivery as Delivery);
  }

  /** The first one at once, then one line a minute with the count: thousands may fail for one reason. */
  say(task: Task, { step, error }: Failure): void {
    const { plan, log, stats, deadLetters } = this.parts;
    const now = plan.clock.monotonic();
    if (now < this.sayAgainAt) return;
    this.sayAgainAt = now + SAY_EVERY_MS;
    log.warn(`an event failed for good at ${step}: ${messageOf(error)}`, {
      id: idOf(task),
      dead: stats.dead,
      deadLetters: deadLetters.path,
    });
  }
}
