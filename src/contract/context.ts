import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';
import type { Store } from './store.ts';

/** The recipe's `datahub` block, typed. */
export interface DatahubConnection {
  readonly server: string;
  readonly token?: string | undefined;
  readonly timeout_sec?: number | undefined;
  readonly retry_status_codes?: readonly number[] | undefined;
  readonly extra_headers?: Readonly<Record<string, string>> | undefined;
  readonly ca_certificate_path?: string | undefined;
  readonly client_certificate_path?: string | undefined;
  readonly client_key_path?: string | undefined;
  readonly disable_ssl_verification?: boolean | undefined;
}

/** What every part (source, transformer, action) is made with. */
export interface PartContext {
  /** The recipe's `name`. */
  readonly pipeline: string;
  /** Folder of the recipe file: modules of the user's are resolved against it. Data paths are relative to the
   *  working directory. */
  readonly recipeDir: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** This part's own corner of the pipeline's state. */
  readonly store: Store;
  readonly datahub?: DatahubConnection | undefined;
  /** `--dry-run`: nothing outside may be changed. */
  readonly dryRun: boolean;
  /** The outside world was not reached, or is again: for actions, so that `/readyz` tells. */
  readonly report: { unreachable(what: string): void; reachable(): void };
}
