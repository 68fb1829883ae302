import type { Clock } from '../contract/clock.ts';
import type { Logger } from '../contract/log.ts';
import type { RunFlags } from './flags.ts';

export interface RunSettings {
  readonly flags: RunFlags;
  /** Folder of the state of all pipelines. */
  readonly stateDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where `--dry-run` shows what would be done, a line each. */
  readonly preview?: (line: string) => void;
}
