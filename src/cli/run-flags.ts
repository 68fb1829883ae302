import type { RunFlags } from '../recipe/index.ts';

/** The flags of `evrun run`, as typed: where to begin and end, and how to run. */
export interface RunCommandFlags extends RunFlags {
  readonly config?: readonly string[];
  readonly stateDir?: string;
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
  readonly logFormat: 'text' | 'json';
  readonly progress: 'auto' | 'always' | 'never';
  readonly admin?: string;
  readonly adminToken?: string;
  readonly strict?: boolean;
  /** Agrees to what would be asked at a terminal. */
  readonly yes?: boolean;
}
