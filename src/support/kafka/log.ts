/**
 * kafkajs's log lines: debug lines of ours, and the only place where some of its reasons stand. When a group may
 * not be used, or a token has ended, the error that it throws says that no coordinator or broker was found; why,
 * only a line before it tells. The last few such lines are kept for `explain`.
 */
import type { Logger } from '../../contract/log.ts';

export interface LogHook {
  /** What kafkajs's `logCreator` returns. */
  take(entry: Entry): void;
  /** Errors logged within the last seconds, the newest first. */
  reasons(): readonly string[];
}

interface Entry {
  readonly namespace: string;
  readonly level: number;
  readonly log: Readonly<Record<string, unknown>> & { readonly message: string };
}

const ERROR = 1;
const MOST_REASONS = 16;
/** A reason explains what fails at once; later it would explain something else. */
const REASONS_MS = 10_000;
/** Facts that tell people something and hold no payload. */
const FIELDS = [
  'broker',
  'groupId',
  'memberId',
  'error',
  'retryCount',
  'retryTime',
  'topic',
  'partition',
] as const;

export function logHook(log: Logger, now: () => number = Date.now): LogHook {
  const debug = log.enabled('debug');
  let kept: { at: number; text: string }[] = [];
  return {
    take({ namespace, level, log: line }) {
      if (level === ERROR) {
        const { error, message } = line;
        const text = typeof error === 'string' && error !== message ? `${message}: ${error}` : message;
        kept = [{ at: now(), text }, ...kept].slice(0, MOST_REASONS);
      }
      if (!debug) return;
      const fields: Record<string, string | number> = {};
      for (const name of FIELDS) {
        const value = line[name];
        if (typeof value === 'string' || typeof value === 'number') fields[name] = value;
      }
      log.debug(`kafkajs${namespace === '' ? '' : ` ${namespace}`}: ${line.message}`, fields);
    },
    reasons: () => kept.filter(({ at }) => now() - at < REASONS_MS).map(({ text }) => text),
  };
}
