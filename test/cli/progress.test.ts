import { afterEach, describe, expect, it, vi } from 'vitest';
import { createProgress, type Progress } from '../../src/cli/progress.ts';
import { emptyStats, viewOf } from '../admin/view.ts';
import { TestHost } from './host.ts';

let progress: Progress | undefined;
afterEach(() => progress?.stop());

function start(host: TestHost, mode: 'auto' | 'always' | 'never', views = [viewOf()]): Progress {
  progress = createProgress(host, mode);
  progress.start(views);
  return progress;
}

function terminal(): TestHost {
  const host = new TestHost();
  host.errIsTerminal = true;
  return host;
}

const ESC = '\u001b';

/** What the screen shows: applies the few control sequences that are used. */
function screen(text: string): string[] {
  const lines = [''];
  let row = 0;
  const tokens = text.match(new RegExp(`${ESC}\\[[?\\d]*[a-zA-Z]|\\r|\\n|[^${ESC}\\r\\n]+`, 'g')) ?? [];
  let column = 0;
  for (const token of tokens) {
    if (token === '\r') column = 0;
    else if (token === '\n') {
      row += 1;
      column = 0;
      lines[row] ??= '';
    } else if (token === '\u001b[2K') lines[row] = '';
    else if (token === '\u001b[1A') row -= 1;
    else if (!token.startsWith('\u001b')) {
      lines[row] =
        (lines[row] ?? '').slice(0, column).padEnd(column) +
        token +
        (lines[row] ?? '').slice(column + token.length);
      column += token.length;
    }
  }
  return lines;
}

describe('on a terminal', () => {
  it('keeps one line per pipeline below the log', async () => {
    const host = terminal();
    const running = start(host, 'auto', [viewOf(), viewOf({ name: 'owners' })]);
    await vi.waitFor(() => expect(screen(host.errText)).toHaveLength(2));
    running.print('first log line\n');
    running.print('second log line\n');
    expect(screen(host.errText)).toEqual([
      'first log line',
      'second log line',
      expect.stringMatching(/^tags .*in flight 0$/),
      expect.stringMatching(/^owners .*in flight 0$/),
    ]);
    running.stop();
    expect(screen(host.errText).join('\n').trim()).toBe('first log line\nsecond log line');
  });

  it('redraws in place with the counters of the moment', async () => {
    const host = terminal();
    const stats = emptyStats();
    start(host, 'auto', [viewOf({ stats })]);
    await vi.waitFor(() => expect(screen(host.errText)[0]).toContain('acted 0'));
    stats.acted = 7;
    await vi.waitFor(() => expect(screen(host.errText)[0]).toContain('acted 7'));
    expect(screen(host.errText)).toHaveLength(1);
  });

  // Proven: without `beforePrint` the printed line is glued to the status line and then erased with it.
  it('makes room for what an action prints to the same terminal', async () => {
    const host = terminal();
    const stats = emptyStats();
    start(host, 'auto', [viewOf({ stats })]);
    await vi.waitFor(() => expect(screen(host.errText)[0]).toContain('acted 0'));
    host.print('Hello world!\n');
    stats.acted = 1;
    await vi.waitFor(() => expect(screen(host.errText).at(-1)).toContain('acted 1'));
    expect(screen(host.errText)[0]).toBe('Hello world!');
  });

  // Proven: without `midLine` the redraw erases the half that stands there.
  it('waits with the status line until a printed line has ended', () => {
    vi.useFakeTimers();
    try {
      const host = terminal();
      start(host, 'auto');
      vi.advanceTimersByTime(1_000);
      host.print('half a line');
      vi.advanceTimersByTime(1_000);
      host.print(', the other half\n');
      vi.advanceTimersByTime(1_000);
      expect(screen(host.errText)).toEqual([
        'half a line, the other half',
        expect.stringMatching(/^tags .*in flight 0$/),
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('shows no more lines than fit', async () => {
    const host = terminal();
    host.rows = 5;
    start(
      host,
      'auto',
      Array.from({ length: 50 }, (_, n) => viewOf({ name: `p${n}` })),
    );
    await vi.waitFor(() => expect(screen(host.errText)).toHaveLength(3));
  });

  it('is silent with --progress never, and on a terminal that cannot move its cursor', () => {
    const never = terminal();
    start(never, 'never').print('log\n');
    const dumb = terminal();
    dumb.env = { TERM: 'dumb' };
    start(dumb, 'auto').print('log\n');
    expect([never.errText, dumb.errText]).toEqual(['log\n', 'log\n']);
  });
});

describe('where stderr is no terminal', () => {
  it('writes the log and nothing else', () => {
    const host = new TestHost();
    start(host, 'auto').print('log\n');
    progress?.stop();
    expect(host.errText).toBe('log\n');
  });

  it('writes plain lines with --progress always', () => {
    vi.useFakeTimers();
    try {
      const host = new TestHost();
      start(host, 'always');
      vi.advanceTimersByTime(10_000);
      expect(host.errText).toMatch(/^(tags {2}\S+\/s {2}acted 0 .*\n){2}$/);
    } finally {
      vi.useRealTimers();
    }
  });
});
