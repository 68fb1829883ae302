import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** What bounds repeats: see docs/guarantees.md. */
export const WINDOW = 40;
export const COMMIT_EVERY = 20;
export const BOUND = WINDOW + 2 * COMMIT_EVERY;

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

export interface Running {
  readonly exit: Promise<Exit>;
  /** What it has written so far. */
  readonly said: { readonly stderr: string };
  kill(signal: NodeJS.Signals): void;
}

/** A pipeline that is run, killed and run again in a folder of its own, and the ledger of what it did. */
export class CrashBench {
  readonly dir = mkdtempSync(join(tmpdir(), 'evrun-crash-'));
  readonly ledger = join(this.dir, 'ledger');
  readonly letters = join(this.dir, 'logs', 'crash', 'failed_events.log');

  recipe(lines: readonly string[]): void {
    writeFileSync(join(this.dir, 'recipe.yml'), `${lines.join('\n')}\n`);
  }

  /** The engine options that make the bound small. */
  static readonly options = [
    'options:',
    '  failed_events_dir: ./logs',
    '  retry_count: 1',
    '  retry_backoff_seconds: 0.01',
    '  concurrency: 4',
    `  max_in_flight: ${WINDOW}`,
    `  commit_every: ${COMMIT_EVERY}`,
    '  commit_interval_ms: 200',
  ];

  /** Runs until it ends or dies; `killAfterMs`: SIGKILL from outside. */
  run(env: Record<string, string> = {}, killAfterMs?: number, args: readonly string[] = []): Promise<Exit> {
    return this.start(env, killAfterMs, args).exit;
  }

  /** The same, with the child at hand. */
  start(env: Record<string, string> = {}, killAfterMs?: number, args: readonly string[] = []): Running {
    const command = [
      '--import',
      join(import.meta.dirname, 'kill-at.mjs'),
      join(root, 'bin/evrun'),
      'run',
      'recipe.yml',
    ];
    const child = spawn(process.execPath, [...command, '--state-dir', join(this.dir, 'state'), ...args], {
      cwd: this.dir,
      env: { PATH: process.env['PATH'], LEDGER: this.ledger, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const said = { stderr: '' };
    child.stderr.on('data', (chunk) => {
      said.stderr += chunk;
    });
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    const exit = new Promise<Exit>((done) => {
      child.once('close', (code, signal) => {
        clearTimeout(timer);
        done({ code, signal, stderr: said.stderr });
      });
    });
    return { exit, said, kill: (signal) => child.kill(signal) };
  }

  /** Numbers in the order in which they were acted on, repeats included. */
  acted(): { key: string; n: number }[] {
    return linesOf(this.ledger).map((line) => {
      const [key, n] = line.split(' ') as [string, string];
      return { key, n: Number(n) };
    });
  }

  /** Numbers in `failed_events.log`; every complete line must be JSON. */
  dead(): number[] {
    return linesOf(this.letters)
      .map((line) => {
        try {
          return JSON.parse(line) as { event: { n?: number; parameters?: { n: number } } | null };
        } catch {
          return undefined; // a line that a kill tore: it was never acknowledged
        }
      })
      .filter((letter) => letter !== undefined)
      .map(({ event }) => event?.n ?? event?.parameters?.n ?? -1);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

/** What must hold after any number of crashes. */
export function audit(bench: CrashBench, count: number) {
  const acted = bench.acted();
  const dead = new Set(bench.dead());
  const seen = new Set(acted.map(({ n }) => n));
  const missing = Array.from({ length: count }, (_, n) => n).filter((n) => !seen.has(n) && !dead.has(n));
  const last = new Map<string, number>();
  const first = new Set<number>();
  let disordered = 0;
  for (const { key, n } of acted) {
    if (first.has(n)) continue;
    first.add(n);
    if ((last.get(key) ?? -1) > n) disordered += 1;
    last.set(key, n);
  }
  return { missing, repeats: acted.length - seen.size, disordered, dead: [...dead].sort((a, b) => a - b) };
}
