import { type ChildProcess, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../engine/kit.ts';

/* The built program as people start it: `npm run build` comes first (npm test does it). */

const EVRUN = resolve('bin/evrun');
let dir = '';
const children: ChildProcess[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'evrun-cli-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly text: { out: string; err: string };
  readonly ended: Promise<number | string | null>;
}

function start(command: string, ...args: string[]): Run {
  const child = spawn(command, args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const text = { out: '', err: '' };
  child.stdout?.on('data', (bytes) => {
    text.out += bytes;
  });
  child.stderr?.on('data', (bytes) => {
    text.err += bytes;
  });
  const ended = new Promise<number | string | null>((done) => {
    child.on('close', (code, signal) => done(code ?? signal));
  });
  return { child, text, ended };
}

const evrun = (...args: string[]) => start(process.execPath, EVRUN, ...args);

function recipe(name: string, action: object, source: object = {}, more: object = {}): string {
  const file = join(dir, `${name}.yml`);
  const config = { path: 'events.ndjson', ...source };
  writeFileSync(file, JSON.stringify({ name, source: { type: 'file', config }, action, ...more }));
  return file;
}

function events(count: number): void {
  const lines = Array.from({ length: count }, (_, n) => `{"n":${n}}\n`);
  writeFileSync(join(dir, 'events.ndjson'), lines.join(''));
}

const copy = { type: 'file', config: { path: 'out.ndjson' } };
const wait = (seconds: number) => ({ type: 'exec', config: { command: ['sleep', String(seconds)] } });

describe('a run', () => {
  it('acts on what is there, ends with 0, and goes on there the next time', async () => {
    events(3);
    const file = recipe('copy', copy);
    const first = evrun(file);
    expect([await first.ended, first.text.out]).toEqual([0, '']);
    expect(first.text.err).toContain('3 events in');
    const second = evrun(file);
    expect(await second.ended).toBe(0);
    expect(second.text.err).toContain('nothing new was read');
    expect(readFileSync(join(dir, 'out.ndjson'), 'utf8').split('\n')).toHaveLength(4);
  });

  it('shows with --dry-run what would be done, and leaves nothing behind', async () => {
    events(2);
    const run = evrun(recipe('dry', copy), '--dry-run');
    expect(await run.ended).toBe(0);
    expect(run.text.out).toMatch(/^(out\.ndjson << .*\n){2}$/);
    for (const made of ['.evrun', 'logs', 'out.ndjson']) expect(existsSync(join(dir, made))).toBe(false);
  });

  it('keeps its state where --state-dir says', async () => {
    events(1);
    expect(await evrun(recipe('copy', copy), '--state-dir', 'state').ended).toBe(0);
    expect(existsSync(join(dir, 'state', 'copy'))).toBe(true);
    expect(existsSync(join(dir, '.evrun'))).toBe(false);
  });

  it('runs the right one of two recipes and tells the wrong one by exit code 4', async () => {
    events(1);
    writeFileSync(join(dir, 'wrong.yml'), 'name: wrong\nsource: {type: fil}\naction: {type: discard}\n');
    const run = evrun('-c', recipe('copy', copy), '-c', 'wrong.yml');
    expect(await run.ended).toBe(4);
    expect(run.text.err).toContain('Did you mean "file"?');
    expect(run.text.err).toContain('1 acted');
  });

  it('starts none of them with --strict', async () => {
    events(1);
    writeFileSync(join(dir, 'wrong.yml'), 'name: wrong\nsource: {type: fil}\naction: {type: discard}\n');
    const run = evrun(recipe('copy', copy), 'wrong.yml', '--strict');
    expect(await run.ended).toBe(4);
    expect(run.text.err).toContain('nothing was started');
    expect(existsSync(join(dir, 'out.ndjson'))).toBe(false);
  });

  it('exits 1 with the sentence of DataHub Actions when every recipe is disabled', async () => {
    for (const name of ['a', 'b']) {
      const parts = { name, enabled: false, source: { type: 'file' }, action: { type: 'discard' } };
      writeFileSync(join(dir, `${name}.yml`), JSON.stringify(parts));
    }
    const run = evrun('run', '-c', 'a.yml', '-c', 'b.yml');
    expect(await run.ended).toBe(1);
    expect(run.text.err).toContain('Skipping pipeline a as it is not enabled');
    expect(run.text.err).toContain(
      'No valid pipelines were started from 2 config(s). Check that at least one pipeline is enabled and all required environment variables are set.',
    );
  });
});

describe('a module of the user’s', () => {
  // Guard: Node looks only into node_modules above the module, and says that there is no such package.
  it('may import from evrun where evrun is not installed beside it', async () => {
    events(2);
    writeFileSync(join(dir, 'upper.mjs'), "export { defineAction } from 'evrun';\n");
    const define = "defineAction({ name: 'n', summary: 's', schema: { type: 'object', properties: {} }";
    const create = "create: () => ({ act: () => { throw new EvrunError('EVR_ACTION', 'mine'); } }) })";
    const text = `import { EvrunError } from 'evrun';\nimport { defineAction } from './upper.mjs';\nexport default ${define}, ${create};`;
    writeFileSync(join(dir, 'own.mjs'), text);
    const run = evrun(recipe('own', { type: './own.mjs' }));
    expect(await run.ended).toBe(0);
    // `never` by default: the error is one of the running evrun's, not of a copy.
    expect(run.text.err).toMatch(/failed for good at action \S+: \S+own\.mjs:3:\d+: mine/);
    expect(run.text.err).not.toContain('tried again');
  });
});

describe('signals', () => {
  it('lets SIGTERM finish what is in work, and exits 0', async () => {
    events(1);
    const run = evrun(recipe('slow', wait(0.3), { follow: true }));
    await eventually(() => run.text.err.includes('is running'));
    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(0);
    expect(run.text.err).toContain('stopped by SIGTERM, stopping: finishing what is in work');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at once at a second %s', async (signal, exitCode) => {
    events(1);
    const run = evrun(recipe('stuck', wait(60)));
    await eventually(() => run.text.err.includes('is running'));
    run.child.kill(signal);
    await eventually(() => run.text.err.includes('again to end at once'));
    // What comes within half a second counts as one with the first.
    const again = setInterval(() => run.child.kill(signal), 100);
    expect(await run.ended).toBe(exitCode);
    clearInterval(again);
  });

  it('does not open a debugger at SIGUSR1', async () => {
    events(1);
    const run = evrun(recipe('quiet', copy, { follow: true }));
    await eventually(() => run.text.err.includes('is running'));
    run.child.kill('SIGUSR1');
    await eventually(() => run.text.err.includes('SIGUSR1 is ignored'));
    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(0);
    expect(run.text.err).not.toContain('Debugger');
  });
});

describe('its output', () => {
  it.each([
    ['what an action prints', { type: 'hello_world' }, []],
    ['a dry run', copy, ['--dry-run']],
  ] as const)('may be closed early: %s ends with 0 and without a stack trace', async (_, action, flags) => {
    events(20_000);
    const file = recipe('closed', action);
    const command = `{ "$0" "$@"; echo "exit $?" >&2; } | head -n 1`;
    const run = start('bash', '-c', command, process.execPath, EVRUN, file, '--progress', 'never', ...flags);
    await run.ended;
    expect(run.text.err).toContain('exit 0\n');
    expect(run.text.err).toMatch(/its output was closed/);
    expect(run.text.err).not.toMatch(/^\s+at |EPIPE/m);
  });

  it('tells an error that nobody caught in a sentence, and exits 1', async () => {
    events(1);
    writeFileSync(
      join(dir, 'late.mjs'),
      'export default () => new Promise(() => setTimeout(() => { throw new Error("too late"); }, 10));',
    );
    const options = { options: { shutdown_timeout_seconds: 1 } };
    const run = evrun(recipe('late', { type: './late.mjs' }, {}, options));
    expect(await run.ended).toBe(1);
    expect(run.text.err).toMatch(
      /ERROR an error that nobody caught, at \S+late\.mjs:1:\d+: too late\. Stopping/,
    );
  });

  // Guard: ended at once, the pipeline beside it would read its events again.
  it('tells a promise that nobody awaits as a log line, and what runs beside it is finished and committed', async () => {
    events(1);
    // Once the other pipeline is at work.
    const body = `const { existsSync } = await import('node:fs'); while (!existsSync('begun')) await sleep(5);`;
    const sleep = 'const sleep = (ms) => new Promise((done) => setTimeout(done, ms));\n';
    const floats = `${sleep}export default async () => { ${body} Promise.reject(new Error('floating')); };`;
    writeFileSync(join(dir, 'floats.mjs'), floats);
    const slow = { type: 'exec', config: { command: ['sh', '-c', 'touch begun; sleep 0.3'] } };
    const beside = recipe('beside', slow, { follow: true });
    const run = evrun(beside, recipe('floats', { type: './floats.mjs' }), '--log-format', 'json');
    expect(await run.ended).toBe(1);
    const lines = run.text.err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.find(({ code }) => code === 'EVR_INTERNAL')?.message).toMatch(/floats\.mjs:2:\d+: floating/);
    expect(lines.findLast(({ pipeline }) => pipeline === 'beside')).toMatchObject({ acted: 1 });
    const again = evrun(beside, '--until-caught-up');
    expect(await again.ended).toBe(0);
    expect(again.text.err).toContain('0 events');
  });

  it('says what to do where the program was not built', async () => {
    mkdirSync(join(dir, 'bin'));
    copyFileSync(EVRUN, join(dir, 'bin', 'evrun.mjs'));
    const run = start(process.execPath, 'bin/evrun.mjs', '--version');
    expect(await run.ended).toBe(1);
    expect(run.text.err).toContain('npm run build');
  });
});

const SCRIPT = '/usr/bin/script';

describe.skipIf(!existsSync(SCRIPT))('at a terminal', () => {
  /** Everything that the terminal gets, colors and cursor movements included. */
  const atTerminal = (...args: string[]) =>
    start(
      SCRIPT,
      '-qefc',
      `echo $$ > pid; stty cols 120; exec '${process.execPath}' '${EVRUN}' ${args.join(' ')}`,
      'screen',
    );
  const screen = () => (existsSync(join(dir, 'screen')) ? readFileSync(join(dir, 'screen'), 'utf8') : '');

  it('shows a status line and takes it away at the end', async () => {
    events(1);
    const run = atTerminal(recipe('live', wait(0.6)));
    await eventually(() => screen().includes('in flight 1'));
    expect(await run.ended).toBe(0);
    expect(screen()).toMatch(/acted 0/);
    const left = screen().split('\u001b[2K').at(-1);
    expect(left).toMatch(/live .*ended: end of source[\s\S]*1 acted/);
  });

  it('stops when the terminal is closed', async () => {
    events(1);
    const run = atTerminal(recipe('orphan', wait(0.1), { follow: true }));
    await eventually(() => screen().includes('acted 1'));
    const pid = Number(readFileSync(join(dir, 'pid'), 'utf8'));
    run.child.kill('SIGKILL');
    await eventually(() => !alive(pid));
    const again = evrun(join(dir, 'orphan.yml'), '--until-caught-up');
    expect(await again.ended).toBe(0);
    expect(again.text.err).toContain('0 events');
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
