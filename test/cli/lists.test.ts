import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute } from '../../src/cli/main.ts';
import { wrapped } from '../../src/cli/option-text.ts';
import { connectorNames, type Kind, loadConnector } from '../../src/registry.ts';
import { TestHost } from './host.ts';

const KINDS: readonly Kind[] = ['source', 'format', 'transformer', 'action'];

async function evrun(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const host = new TestHost();
  const code = await execute(argv, host);
  return { code, out: host.outText, err: host.errText };
}

describe('evrun connectors', () => {
  it('lists every registered one with its summary', async () => {
    const { code, out } = await evrun('connectors');
    expect(code).toBe(0);
    for (const kind of KINDS) {
      expect(out).toContain(`${kind}s\n`);
      for (const name of connectorNames(kind)) {
        const definition = await loadConnector(kind, name);
        expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
        expect(out).toContain(definition?.summary);
      }
    }
  });

  it('shows every option of one, with type, default and what it does', async () => {
    for (const kind of KINDS) {
      for (const name of connectorNames(kind)) {
        const { code, out } = await evrun('connectors', name);
        expect(code).toBe(0);
        expect(out).toContain(`${name} (${kind})`);
        const options = Object.keys((await loadConnector(kind, name))?.schema.properties ?? {});
        for (const option of options) expect(out).toMatch(new RegExp(`^ {2}${option} {2}\\(`, 'm'));
      }
    }
  });

  it('shows the keys that every source has, and both connectors where a name has two kinds', async () => {
    const { out } = await evrun('connectors', 'file');
    expect(out).toContain('file (source)');
    expect(out).toContain('file (action)');
    expect(out).toContain('options of every source');
    expect((await evrun('connectors', 'kafka')).out).toMatch(/^ {2}lookback_days {2}\(integer/m);
  });

  it('says once for each reason what a source refuses, and lists no key that it would refuse', async () => {
    const refusals = (out: string) => out.split('\n').filter((line) => line.startsWith('  Refuses '));
    const sqs = (await evrun('connectors', 'sqs')).out;
    expect(refusals(sqs)).toEqual([
      expect.stringMatching(
        /another start, lookback_days, reset_offsets, --since and --reset-offsets: SQS .* cannot go back or skip\.$/,
      ),
      '  Refuses --until: messages of SQS have no order in time.',
    ]);
    expect(sqs).not.toMatch(/^ {2}(start|lookback_days|reset_offsets) {2}\(/m);
    // A person may seek a subscription by --since, which moves all of its consumers; a recipe may not.
    const pubsub = (await evrun('connectors', 'pubsub')).out;
    expect(refusals(pubsub)[0]).toMatch(
      /^ {2}Refuses start, lookback_days and reset_offsets: a subscription/,
    );
    const generate = (await evrun('connectors', 'generate')).out;
    expect(refusals(generate)).toHaveLength(3);
    expect(generate).not.toMatch(/^ {2}(start|lookback_days) {2}\(/m);
    expect(refusals((await evrun('connectors', 'kafka')).out)).toEqual([]);
  });

  it('prints JSON for programs', async () => {
    const { out } = await evrun('connectors', 'http', '--json');
    expect(JSON.parse(out)).toMatchObject([{ kind: 'action', name: 'http', schema: { required: ['url'] } }]);
  });

  it('suggests the nearest name', async () => {
    expect(await evrun('connectors', 'htpp')).toEqual({
      code: 2,
      out: '',
      err: 'evrun: there is no connector "htpp". Did you mean http? `evrun connectors` lists them all.\n',
    });
  });
});

describe('evrun schema', () => {
  it('prints a JSON Schema that names the keys of a recipe', async () => {
    const { code, out } = await evrun('schema');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ required: ['name', 'source', 'action'] });
  });
});

describe('evrun check', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'evrun-check-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const put = (name: string, text: string) => {
    const file = join(dir, name);
    writeFileSync(file, text);
    return file;
  };
  const good = 'name: good\nsource: {type: file, config: {path: x}}\naction: {type: discard}\n';
  const bad = 'name: bad\nsource: {type: file, config: {pth: x}}\naction: {type: discrad}\n';
  const odd = `${good}options: {retry_cuont: 1}\n`;

  it('says of a right recipe what it is', async () => {
    const file = put('good.yml', good);
    expect(await evrun('check', file)).toEqual({
      code: 0,
      out: `${file}: ok (name: good, file → discard)\n`,
      err: '',
    });
  });

  it('says everything that is wrong, each with its place, and exits 4', async () => {
    const file = put('bad.yml', bad);
    const { code, err } = await evrun('check', file, '-c', put('good.yml', good));
    expect(code).toBe(4);
    expect(err).toContain(`${file}:2:31  EVR_RECIPE  source.config.pth`);
    expect(err).toContain(`${file}:3:16  EVR_RECIPE  action.type`);
    expect(err).toMatch(/\d errors\n$/);
  });

  it('takes a warning for an error with --strict', async () => {
    const file = put('odd.yml', odd);
    const { code, err } = await evrun('check', file);
    expect([code, err]).toEqual([0, expect.stringContaining('1 warning\n')]);
    expect((await evrun('check', file, '--strict')).code).toBe(4);
  });

  it('says the same as JSON for programs', async () => {
    const { code, out, err } = await evrun('check', '--json', put('bad.yml', bad), put('good.yml', good));
    expect([code, err]).toEqual([4, '']);
    const result = JSON.parse(out) as { ok: boolean; recipes: object[]; problems: { path: string }[] };
    expect(result.ok).toBe(false);
    expect(result.recipes).toMatchObject([{ name: 'good', source: 'file', steps: [], action: 'discard' }]);
    expect(result.problems.map(({ path }) => path)).toContain('action.type');
  });

  it('leaves disabled recipes alone', async () => {
    const { code, out } = await evrun('check', put('off.yml', `${bad}enabled: false\n`));
    expect([code, out]).toEqual([0, expect.stringContaining('not enabled, not checked (name: bad)')]);
  });
});

describe('text of a terminal', () => {
  it('is wrapped between words', () => {
    expect(wrapped('one two three', '  ', 9)).toEqual(['  one two', '  three']);
    expect(wrapped('', '# ')).toEqual([]);
    expect(wrapped('averyveryverylongword x', '# ', 8)).toEqual(['# averyveryverylongword', '# x']);
  });
});
