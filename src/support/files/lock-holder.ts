import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Who holds a lock, and whether it can still be alive. A process id alone tells nothing: it is used again, and in
 * containers every process is number 1. Together with the boot, the process-id namespace and the time at which the
 * process started (clock ticks since boot) it names one process for good.
 */

export interface Holder {
  readonly host: string;
  /** The kernel's boot; empty where the system does not tell. */
  readonly boot: string;
  /** The namespace that `pid` counts in; empty where the system does not tell. */
  readonly namespace: string;
  readonly pid: number;
  /** Clock ticks since boot; empty where the system does not tell. */
  readonly started: string;
  readonly token: string;
  /** RFC 3339. */
  readonly since: string;
}

/**
 * `alive`, `dead`: known for sure. `unseen`: same machine, but its processes cannot be seen (another container,
 * or the machine was started again): only silence tells. `elsewhere`: another machine, whose clock and network
 * deserve more patience.
 */
export type Verdict = 'alive' | 'dead' | 'unseen' | 'elsewhere';

export function verdictOn(holder: Holder, own: Holder): Verdict {
  if (holder.boot !== own.boot) return holder.host === own.host ? 'unseen' : 'elsewhere';
  if (holder.boot === '' && holder.host !== own.host) return 'elsewhere';
  if (holder.namespace !== own.namespace) return 'unseen';
  if (!exists(holder.pid)) return 'dead';
  const started = startOf(holder.pid);
  return started === undefined || started === holder.started ? 'alive' : 'dead';
}

export function ownHolder(token: string, now: number): Holder {
  return {
    host: hostname(),
    boot: readText('/proc/sys/kernel/random/boot_id'),
    namespace: readLink('/proc/self/ns/pid'),
    pid: process.pid,
    started: startOf(process.pid) ?? '',
    token,
    since: new Date(now).toISOString(),
  };
}

/** Undefined: no holder wrote this, or it has not finished writing. */
export function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false;
  const texts = ['host', 'boot', 'namespace', 'started', 'token', 'since'] as const;
  const holder = value as Partial<Record<keyof Holder, unknown>>;
  return texts.every((key) => typeof holder[key] === 'string') && Number.isSafeInteger(holder.pid);
}

function exists(pid: number): boolean {
  // Zero and below would ask about whole groups of processes.
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/<pid>/stat. The name in field 2 may hold blanks and parentheses: count from its end. */
function startOf(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
