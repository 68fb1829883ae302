import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { execute } from '../../src/cli/main.ts';
import { TestHost } from './host.ts';

const dir = mkdtempSync(join(tmpdir(), 'evrun-agreement-'));
const recipe = join(dir, 'orders.yml');
// Nothing listens there: what gets so far has been let through.
const source =
  'type: pubsub, config: { subscription: orders, project: acme, endpoint: "http://127.0.0.1:9" }';
writeFileSync(
  recipe,
  `name: orders\nsource: { ${source} }\naction: { type: discard }\noptions: { failed_events_dir: ${dir}/logs }\n`,
);
afterAll(() => rmSync(dir, { recursive: true }));

async function evrun(flags: readonly string[], answers?: readonly string[]) {
  const host = new TestHost();
  if (answers !== undefined) {
    host.inIsTerminal = true;
    host.errIsTerminal = true;
    host.answers.push(...answers);
  }
  const running = execute([recipe, '--progress', 'never', '--state-dir', join(dir, 'state'), ...flags], host);
  const started = () => host.errText.includes('cannot look at');
  await Promise.race([running, expect.poll(started, { timeout: 20_000 }).toBe(true)]);
  if (started()) host.signal('SIGTERM');
  return { code: await running, err: host.errText, started: started() };
}

// Guard: `agreed` returning true at once makes the first four of these red.
describe('a flag that moves every consumer of a subscription', () => {
  it.each([['--since', '7d'], ['--reset-offsets']])(
    '%s needs --yes where nobody can be asked',
    async (...flags) => {
      const { code, err, started } = await evrun(flags);
      expect({ code, started }).toEqual({ code: 2, started: false });
      expect(err).toContain(flags[0]);
      expect(err).toContain('moves every consumer');
      expect(err).toContain('--yes');
    },
  );

  it('is asked about at a terminal, and starts nothing without a yes', async () => {
    for (const answers of [['n'], [''], ['maybe'], []]) {
      const { code, err, started } = await evrun(['--since', '7d'], answers);
      expect({ code, started }).toEqual({ code: 2, started: false });
      expect(err).toContain('Go on? [y/N]');
    }
  });

  it('goes on after a yes', async () => {
    const { err, started } = await evrun(['--since', '7d'], ['yes']);
    expect(started, err).toBe(true);
  });

  it('is not asked about with --yes, in a dry run, or where it moves nobody else', async () => {
    for (const flags of [['--since', '7d', '--yes'], ['--reset-offsets', '--dry-run'], []]) {
      const { err, started } = await evrun(flags);
      expect(started, err).toBe(true);
      expect(err).not.toContain('Go on?');
    }
  });
});
