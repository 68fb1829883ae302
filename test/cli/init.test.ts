import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute } from '../../src/cli/main.ts';
import { loadRecipes } from '../../src/recipe/index.ts';
import { connectorNames } from '../../src/registry.ts';
import { TestHost } from './host.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'evrun-init-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function init(host: TestHost, ...argv: string[]): Promise<number> {
  return execute(['init', ...argv], host);
}

describe('evrun init', () => {
  const pairs = connectorNames('source').flatMap((source) =>
    connectorNames('action').map((action) => [source, action] as const),
  );

  it.each(pairs)(
    'writes a recipe for %s and %s that passes check without a warning',
    async (source, action) => {
      const file = join(dir, 'recipe.yml');
      expect(await init(new TestHost(), '--source', source, '--action', action, '-o', file)).toBe(0);
      const { recipes, problems } = await loadRecipes({ files: [file], flags: {}, strict: true, env: {} });
      expect(problems).toEqual([]);
      expect(recipes).toMatchObject([
        { name: `${source}-to-${action}`, sourceType: source, actionType: action },
      ]);
    },
  );

  it.each(pairs)(
    'writes comments for %s and %s that are options: uncommented one by one they pass check',
    async (source, action) => {
      const host = new TestHost();
      await init(host, '--source', source, '--action', action);
      const lines = host.outText.split('\n');
      for (const [index, line] of lines.entries()) {
        if (!/^ {4}# [a-z_]+: \S/.test(line)) continue;
        const uncommented = lines.with(index, line.replace('# ', ''));
        const file = join(dir, 'recipe.yml');
        writeFileSync(file, uncommented.join('\n'));
        const { problems } = await loadRecipes({ files: [file], flags: {}, strict: false, env: {} });
        // Placeholders, files that only the reader has, and options that need another one are left to the reader.
        const open = /secret file|needs `|need each other|both say what to read|<\w+>/;
        expect(
          problems.filter((problem) => !open.test(problem.message)),
          line,
        ).toEqual([]);
      }
    },
  );

  it.each([
    ['sqs', false],
    ['pubsub', false],
    ['kafka', true],
  ])('offers a start where the source can begin in several places: %s %s', async (source, offered) => {
    const host = new TestHost();
    await init(host, '--source', source, '--action', 'log');
    expect(/^ {4}# start: /m.test(host.outText)).toBe(offered);
  });

  it('gives the topics of Kafka, and comments that do no harm', async () => {
    const host = new TestHost();
    await init(host, '--source', 'kafka', '--action', 'kafka');
    for (const line of [
      'topics: ["orders"]',
      'format: "json"',
      'topic: "orders-checked"',
      '# batch_max_events: 1000',
      '# batch_max_bytes: 4194304',
      '# delivery_timeout_seconds: 30',
      '# partition: "${{ event.meta.kafka.partition }}"',
      '# read_committed: true',
    ]) {
      expect(host.outText.split('\n')).toContain(`    ${line}`);
    }
  });

  it('prints the recipe where no file is named, with the line that editors look for', async () => {
    const host = new TestHost();
    expect(await init(host, '--source', 'file', '--action', 'http', '--name', 'my "own": name')).toBe(0);
    expect(host.outText).toMatch(/^# yaml-language-server: \$schema=\S+recipe\.schema\.json\n/);
    expect(host.outText).toContain('name: "my \\"own\\": name"');
    expect(host.errText).toBe('');
  });

  // Proven: without `refuseOverwriting` and `wx` the file is gone.
  it('overwrites a file only with --force', async () => {
    const file = join(dir, 'mine.yml');
    writeFileSync(file, 'mine');
    const host = new TestHost();
    expect(await init(host, '--source', 'file', '--action', 'log', '-o', file)).toBe(2);
    expect(host.errText).toContain('exists already. Choose another file, or add --force');
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(await init(host, '--source', 'file', '--action', 'log', '-o', file, '--force')).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('type: log');
  });

  it('asks at a terminal for what was not given, and again after a mistake', async () => {
    const host = new TestHost();
    host.inIsTerminal = true;
    host.errIsTerminal = true;
    host.answers = ['fil', 'file', '', join(dir, 'asked.yml')];
    expect(await init(host)).toBe(0);
    expect(host.errText).toContain('there is no source "fil". Did you mean file?');
    expect(readFileSync(join(dir, 'asked.yml'), 'utf8')).toContain('type: http');
  });

  it('writes nothing when the answers end', async () => {
    const host = new TestHost();
    host.inIsTerminal = true;
    host.errIsTerminal = true;
    host.answers = ['file'];
    expect(await init(host)).toBe(2);
    expect(host.errText).toContain('no answer, so nothing was written');
  });

  it.each([
    [[], /expected --source and --action/],
    [['--source', 'kafak', '--action', 'http'], /there is no source "kafak"\. Did you mean kafka\?/],
    [['--source', 'file', '--action', 'htp'], /there is no action "htp"\. Did you mean http\?/],
    [
      ['--source', 'file', '--action', 'http', '-o', '/nonexistent/x.yml'],
      /the folder \/nonexistent does not exist/,
    ],
  ])('says what is wrong: %j', async (argv, message) => {
    const host = new TestHost();
    expect(await init(host, ...argv)).toBe(2);
    expect(host.errText).toMatch(message);
  });
});
