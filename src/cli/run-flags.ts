/** The flags of `evrun run`, as typed. */
export interface RunCommandFlags {
  readonly config?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly resetOffsets?: boolean;
  readonly idleTimeout?: string;
  readonly maxEvents?: number;
  readonly untilCaughtUp?: boolean;
  readonly dryRun?: boolean;
  readonly stateDir?: string;
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
  readonly logFormat: 'text' | 'json';
  readonly progress: 'auto' | 'always' | 'never';
  readonly admin?: string;
  readonly adminToken?: string;
  readonly strict?: boolean;
}
