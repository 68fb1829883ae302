import type { Action } from './action.ts';
import type { Clock } from './clock.ts';
import type { DeadLetters } from './dead-letter.ts';
import type { Format } from './format.ts';
import type { Logger } from './log.ts';
import type { Source, SourceContext } from './source.ts';
import type { Transformer } from './transformer.ts';

/** The recipe's `options` with defaults filled in, and the run's limits. */
export interface PipelineOptions {
  readonly failureMode: 'CONTINUE' | 'THROW';
  readonly retryCount: number;
  readonly retryBackoffMs: number;
  readonly attemptTimeoutMs: number;
  readonly concurrency: number;
  readonly orderBy: 'key' | 'partition' | 'source' | 'none';
  readonly commitIntervalMs: number;
  readonly commitEvery: number;
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
  readonly shutdownTimeoutMs: number;
  /** Undefined: once connected, an outage is waited out without limit. */
  readonly maxOutageMs: number | undefined;
}

/** What this run was asked to do, from the command line and the source's end keys. */
export interface RunLimits {
  /** Ends after the source has said "nothing new" for this long while nothing was in work. */
  readonly idleTimeoutMs?: number | undefined;
  readonly maxEvents?: number | undefined;
  /** Milliseconds since 1970: a partition ends at the first record that is not older. */
  readonly until?: number | undefined;
  readonly untilCaughtUp: boolean;
  readonly dryRun: boolean;
}

export interface Step {
  /** How errors, metrics and the report call it: `filter`, `filters[0] event_type`, `transform[1] map`. */
  readonly label: string;
  readonly transformer: Transformer;
}

/** What the engine offers to a source while it is being made (see SourceContext). */
export type EngineServices = Pick<SourceContext, 'reach' | 'revoke' | 'signal' | 'report'>;

/** Everything a pipeline is made of, built fresh for every start and restart. */
export interface PipelineParts {
  readonly source: Source;
  readonly sourceType: string;
  /** See SourceDefinition.resumable. */
  readonly resumable: boolean;
  /** True: events without a key keep their partition's order. */
  readonly ordered: boolean;
  readonly retries: 'engine' | 'source';
  readonly format: Format;
  readonly steps: readonly Step[];
  readonly action: Action;
  readonly actionType: string;
  readonly deadLetters: DeadLetters;
  /** Releases what building took (store, lock, transformers are closed by the engine). Idempotent. */
  release(): Promise<void>;
}

/** A checked recipe document, ready to run. `build` may be called again after the parts were closed. */
export interface PipelinePlan {
  readonly name: string;
  /** Where the recipe stands: `recipes/tags.yml`, or `recipes/all.yml#2` for the second document. */
  readonly recipe: string;
  /** Hash of the recipe's text, for dead letters. */
  readonly recipeHash: string;
  readonly options: PipelineOptions;
  readonly limits: RunLimits;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where `--dry-run` shows what would be done, a line each. */
  readonly preview?: (line: string) => void;
  /** Whether building it anew would find other secrets (`${file:…}`) than the last time. Never rejects. */
  changed(): Promise<boolean>;
  /** `restart`: the second and later builds of this process, on which `ignoreStored` must be false. */
  build(services: EngineServices, restart: boolean): Promise<PipelineParts>;
}
