import type { DeadLetters } from '../contract/dead-letter.ts';
import { messageOf } from '../contract/errors.ts';
import type { Logger } from '../contract/log.ts';
import type { PipelinePlan } from '../contract/pipeline.ts';
import { Seldom } from '../contract/seldom.ts';
import type { Delivery, Source } from '../contract/source.ts';
import type { PipelineStats } from '../contract/stats.ts';
import { letterOf } from './letters.ts';
import type { Failure, Task } from './task.ts';

export interface BurialParts {
  readonly plan: PipelinePlan;
  readonly deadLetters: DeadLetters;
  /** Where the source's own system keeps dead letters too. */
  readonly alsoFile: Source['deadLetter'];
  readonly stats: PipelineStats;
  readonly log: Logger;
}

/** Writes down the deliveries that failed for good, before they end. (Invariant 3.) */
export class Burial {
  private readonly parts: BurialParts;
  private readonly told: Seldom;

  constructor(parts: BurialParts) {
    this.parts = parts;
    this.told = new Seldom(parts.plan.clock);
  }

  /** `failure_mode: CONTINUE`: the position moves past what is dead. */
  get goesOn(): boolean {
    return this.parts.plan.options.failureMode === 'CONTINUE';
  }

  /**
   * Resolves with its event's id once its line is on disk, and where the source keeps them too. Rejects: it must not
   * be committed.
   */
  async file(task: Task, failure: Failure): Promise<string> {
    const { plan, deadLetters, alsoFile } = this.parts;
    const { goesOn } = this;
    const at = new Date(plan.clock.now()).toISOString();
    const { name: pipeline, recipeHash } = plan;
    const letter = letterOf(task, failure, { pipeline, recipeHash, at, committed: goesOn });
    await deadLetters.append(letter);
    if (goesOn && alsoFile !== undefined) await alsoFile(letter, task.entry.delivery as Delivery);
    return letter.evrun.id;
  }

  /** With the count, since most are not said. */
  say(id: string, { step, error }: Failure): void {
    const { log, stats, deadLetters } = this.parts;
    if (!this.told.take()) return;
    log.warn(`an event failed for good at ${step}: ${messageOf(error)}`, {
      id,
      dead: stats.dead,
      deadLetters: deadLetters.path,
    });
  }
}
