import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { execute } from '../../src/cli/main.ts';
import { TestHost } from './host.ts';

async function evrun(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const host = new TestHost();
  const code = await execute(argv, host);
  return { code, out: host.outText, err: host.errText };
}

describe('the command line', () => {
  it('prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    for (const flag of ['--version', '-V']) {
      expect(await evrun(flag)).toEqual({ code: 0, out: `${version}\n`, err: '' });
    }
  });

  it('shows commands, the flags of run and examples in --help', async () => {
    const { code, out, err } = await evrun('--help');
    expect([code, err]).toEqual([0, '']);
    for (const text of [
      'check [options]',
      'init',
      'connectors',
      'schema',
      '--since <when>',
      '--admin',
      'Examples:',
    ]) {
      expect(out).toContain(text);
    }
    expect((await evrun('run', '--help')).out).toContain('--until-caught-up');
  });

  it('shows help and exits 2 when nothing is asked of it', async () => {
    const { code, out, err } = await evrun();
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('Usage: evrun');
  });

  it.each([
    [['r.yml', '--sinc', '7d'], /unknown option '--sinc'[\s\S]*Did you mean --since\?/],
    [['check', '--jsn', 'r.yml'], /unknown option '--jsn'[\s\S]*Did you mean --json\?/],
    [['r.yml', '--log-level', 'loud'], /'loud' is invalid\. Allowed choices are error, warn, info, debug/],
    [['r.yml', '--progress', 'yes'], /Allowed choices are auto, always, never/],
    [['r.yml', '--max-events', 'ten'], /'ten' is invalid\. Expected a whole number of 1 or more/],
    [['r.yml', '--max-events', '0'], /Expected a whole number/],
    [['r.yml', '--max-events=-3'], /Expected a whole number/],
    [['r.yml', '--since'], /option '--since <when>' argument missing/],
    [['check'], /expected a recipe/],
    [['connectors', 'a', 'b'], /too many arguments/],
    [['r.yml', '--admin', 'nowhere'], /--admin: expected HOST:PORT, got "nowhere"/],
    [['r.yml', '--admin', '0.0.0.0:1'], /other machines can reach this address/],
    [['r.yml', '--debug'], /unknown option '--debug'[\s\S]*Write --log-level debug/],
    [['r.yml', '--enable-monitoring'], /Write --admin 127\.0\.0\.1:8000/],
  ])('exits 2 and says what to write: %j', async (argv, message) => {
    const { code, out, err } = await evrun(...argv);
    expect(err).toMatch(message);
    expect([code, out]).toEqual([2, '']);
  });

  it('wants the command first', async () => {
    expect((await evrun('--strict', 'check', 'r.yml')).err).toContain('Did you mean `evrun check …`?');
  });

  it.each([
    ['chek', 'evrun check'],
    ['conectors', 'evrun connectors'],
    ['actions', 'evrun run'],
    ['validate', 'evrun check'],
    ['version', 'evrun --version'],
  ])('takes %s for a mistyped command, not for a recipe', async (word, meant) => {
    const { code, err } = await evrun(word, '-c', 'r.yml');
    expect(code).toBe(2);
    expect(err).toBe(`evrun: "${word}" is neither a command nor a recipe file. Did you mean \`${meant}\`?\n`);
  });
});
