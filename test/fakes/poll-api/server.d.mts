import type { IncomingHttpHeaders } from 'node:http';

export interface PollApiOptions {
  port?: number;
  /** Other tokens are answered with 401; undefined: none is asked for. */
  token?: string;
  /** How long a poll waits at most; the real server: `pollTimeoutSeconds`. */
  pollMs?: number;
  retention?: 'all' | 'acknowledged';
  /** Every stored position makes a MetadataChangeLog event, as in a real DataHub. */
  echoState?: boolean;
}

export interface Fault {
  kind?: 'poll' | 'load' | 'save';
  topic?: string;
  times?: number;
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  hang?: boolean;
  unanswered?: boolean;
  close?: boolean;
  malformed?: boolean;
}

export interface SeenPoll {
  topic: string;
  limit: number;
  offsetId: string | null;
  lookbackDays: string | null;
  headers: IncomingHttpHeaders;
}

export interface PollApi {
  url: string;
  /** Appends values to a topic. `time`: milliseconds since 1970, default now. */
  put(topic: string, values: readonly string[], time?: number): void;
  log: {
    offsetId(topic: string, next: number): string;
    readOffset(topic: string, offsetId: string): number | undefined;
    end(topic: string): number;
    /** Drops the events before number `before`. */
    expire(topic: string, before: number): void;
  };
  faults: Fault[];
  requests: { polls: number; loads: number; saves: number; offsets: string[] };
  polls: SeenPoll[];
  /** `platformResourceInfo` by URN. */
  aspects: Map<string, { value: { blob: string } & Record<string, unknown> } & Record<string, unknown>>;
  proposals: Record<string, unknown>[];
  breakDown(): Promise<void>;
  recover(): Promise<void>;
  close(): Promise<void>;
}

export function startPollApi(options?: PollApiOptions): Promise<PollApi>;
