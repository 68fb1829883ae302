import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Admin } from 'kafkajs';
import { oracle } from '../../services/kafka-admin.ts';
import { until } from '../../services/process.ts';
import { type Audit, audit, type Line, linesIn } from './ledger.ts';

const root = resolve(import.meta.dirname, '../../..');

/** What may come again after a kill: see docs/guarantees.md. */
const WINDOW = 100;
const COMMIT_EVERY = 50;
export const BOUND = WINDOW + 2 * COMMIT_EVERY;

/** A machine that does much else may take so long to start a process. */
export const PATIENCE_MS = 100_000;

export interface FleetOptions {
  readonly topic: string;
  readonly group: string;
  /** Where the group begins; default `earliest`. */
  readonly start?: 'earliest' | 'latest';
  /** Lines of YAML in place of the action that writes the ledger. */
  readonly action?: string;
}

/** One evrun process of a group. */
export interface Member {
  readonly name: string;
  readonly child: ChildProcess;
  /** The end of what it wrote to stderr. */
  readonly said: () => string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** Processes of one consumer group, each with its own state folder and ledger, and what they did together. */
export class Fleet {
  readonly dir = mkdtempSync(join(tmpdir(), 'evrun-fleet-'));
  readonly members = new Map<string, Member>();
  private readonly brokers: string;
  private readonly options: FleetOptions;

  constructor(brokers: string, options: FleetOptions) {
    this.brokers = brokers;
    this.options = options;
    writeFileSync(join(this.dir, 'recipe.yml'), recipeOf(brokers, options));
  }

  start(name: string, env: Readonly<Record<string, string>> = {}): Member {
    const state = join(this.dir, `state-${name}`);
    const args = ['run', 'recipe.yml', '--state-dir', state, '--log-format', 'json', '--progress', 'never'];
    const child = spawn(process.execPath, [join(root, 'bin/evrun'), ...args], {
      cwd: this.dir,
      env: { PATH: process.env['PATH'], LEDGER: join(this.dir, `ledger-${name}`), ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said = (said + chunk).slice(-20_000);
    });
    const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
    const member = { name, child, said: () => said, ended };
    this.members.set(name, member);
    return member;
  }

  /** SIGTERM, and waits for its orderly end. */
  async stop(name: string): Promise<void> {
    const member = this.take(name);
    member.child.kill('SIGTERM');
    const { code, signal } = await member.ended;
    if (code !== 0) throw new Error(`${name} ended with ${code ?? signal}: ${member.said()}`);
  }

  async kill(name: string): Promise<void> {
    const member = this.take(name);
    if (member.child.exitCode !== null) throw new Error(`${name} had ended by itself: ${member.said()}`);
    member.child.kill('SIGKILL');
    await member.ended;
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.members.keys()].map((name) => this.stop(name)));
  }

  lines(): Line[] {
    return linesIn(this.dir);
  }

  /** Until `count` more events than now have been acted on. */
  async progress(count: number, timeoutMs = PATIENCE_MS): Promise<void> {
    const goal = this.lines().length + count;
    await this.waitFor(`${count} more events`, timeoutMs, () => this.lines().length >= goal);
  }

  /** Until everything that the topic holds has been acted on, or the group says so: what is missing then is lost. */
  async caughtUp(timeoutMs = PATIENCE_MS): Promise<void> {
    await this.waitFor('every event of the topic', timeoutMs, async () => {
      const isCommitted = (await this.uncommitted()) === 0;
      return isCommitted || (await this.audit()).missing.length === 0;
    });
  }

  /** Until `name` has joined its group: from then on SIGTERM is an orderly stop. */
  running(name: string, timeoutMs = PATIENCE_MS): Promise<void> {
    return this.waitFor(`${name} to run`, timeoutMs, () => {
      return this.members.get(name)?.said().includes('is running') === true;
    });
  }

  /** Until `name` has acted on an event since now. */
  async works(name: string, timeoutMs = PATIENCE_MS): Promise<void> {
    const count = () => this.lines().filter((line) => line.process === name).length;
    const before = count();
    await this.waitFor(`${name} to act on events`, timeoutMs, () => count() > before);
  }

  /** Until the group has a stored position in every partition, so that nothing that is written from now on is skipped. */
  async begun(timeoutMs = PATIENCE_MS): Promise<void> {
    await this.waitFor('the group to store where it begins', timeoutMs, async () => {
      const stored = await this.stored();
      return stored.length > 0 && stored.every(({ offset }) => Number(offset) >= 0);
    });
  }

  async audit(): Promise<Audit> {
    return audit(this.lines(), await this.ends());
  }

  /** How far the group is behind the end of the topic, by what the broker keeps. */
  async uncommitted(): Promise<number> {
    const [ends, stored] = await Promise.all([this.ends(), this.stored()]);
    const behind = stored.map(
      ({ partition, offset }) => (ends.get(partition) ?? 0) - Math.max(0, Number(offset)),
    );
    return behind.reduce((sum, n) => sum + n, 0);
  }

  async remove(): Promise<void> {
    for (const { child } of this.members.values()) child.kill('SIGKILL');
    await Promise.all([...this.members.values()].map(({ ended }) => ended));
    rmSync(this.dir, { recursive: true, force: true });
  }

  private ends(): Promise<Map<number, number>> {
    return this.ask(async (admin) => {
      const offsets = await admin.fetchTopicOffsets(this.options.topic);
      return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
    });
  }

  private stored(): Promise<{ partition: number; offset: string }[]> {
    const { topic, group } = this.options;
    return this.ask(async (admin) => {
      const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      return found?.partitions ?? [];
    });
  }

  private async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = oracle(this.brokers).admin();
    await admin.connect();
    try {
      return await question(admin);
    } finally {
      await admin.disconnect();
    }
  }

  private take(name: string): Member {
    const member = this.members.get(name);
    if (member === undefined) throw new Error(`${name} does not run`);
    this.members.delete(name);
    return member;
  }

  /** Says what the processes said if it waits in vain, or at once when one of them ended by itself. */
  private async waitFor(
    what: string,
    timeoutMs: number,
    holds: () => boolean | Promise<boolean>,
  ): Promise<void> {
    let gone: Member | undefined;
    const holdsOrGone = async () => {
      gone = [...this.members.values()].find(
        ({ child }) => child.exitCode !== null || child.signalCode !== null,
      );
      return gone !== undefined || (await holds());
    };
    try {
      await until(what, timeoutMs, holdsOrGone, 100);
    } catch (error) {
      const said = [...this.members.values()].map(({ name, said }) => `${name}: ${said()}`);
      throw new Error(`${(error as Error).message}\n${said.join('\n')}`, { cause: error });
    }
    if (gone !== undefined) throw new Error(`${gone.name} ended while waiting for ${what}: ${gone.said()}`);
  }
}

function recipeOf(brokers: string, { topic, group, start = 'earliest', action }: FleetOptions): string {
  return `name: ${group}
source:
  type: kafka
  config:
    connection:
      bootstrap: "${brokers}"
      consumer_config: { session.timeout.ms: 6000, heartbeat.interval.ms: 500, topic.metadata.refresh.interval.ms: 1000 }
    topics: [${topic}]
    group_id: ${group}
    format: json
    start: ${start}
${action ?? `action: { type: ${join(import.meta.dirname, 'sink.mjs')} }`}
options:
  failed_events_dir: ./logs
  retry_backoff_seconds: 0.01
  concurrency: 8
  max_in_flight: ${WINDOW}
  commit_every: ${COMMIT_EVERY}
  commit_interval_ms: 200
`;
}
