import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/contract/errors.ts';
import { loadRecipes, renderProblem } from '../../src/recipe/index.ts';
import { checkCel } from '../../src/support/expressions/cel.ts';
import { anchors, type CodeBlock, codeBlocks, type Page, pages, ROOT, withoutCode } from './markdown.ts';

const all = pages();
const page = (path: string) => all.find((each) => each.path === path)?.text ?? '';

describe('links', () => {
  it.each(all)('$path: each leads to a file and a heading that exist', ({ path, text }) => {
    const broken = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target as string)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file, anchor] = target.split('#');
        const to = file === '' ? join(ROOT, path) : join(ROOT, dirname(path), file as string);
        if (!existsSync(to)) return true;
        return anchor !== undefined && !anchors(readFileSync(to, 'utf8')).has(anchor);
      });
    expect(broken).toEqual([]);
  });
});

/** What an example leaves out, so that it can be checked as the recipe that a reader would put it into. */
const FILLING: readonly [key: string, text: string][] = [
  ['name', 'name: example'],
  ['source', 'source: {type: stdin}'],
  ['action', 'action: {type: discard}'],
];

function wholeRecipe(text: string): string {
  const missing = FILLING.filter(([key]) => !new RegExp(`^${key}:`, 'm').test(text)).map(
    ([, filling]) => filling,
  );
  const needsDatahub = /type: datahub-cloud/.test(text) && !/^datahub:/m.test(text);
  return [text, ...missing, ...(needsDatahub ? ['datahub: {server: "http://127.0.0.1:8080"}'] : [])].join(
    '\n',
  );
}

/** Stands for every variable that an example reads. */
function environment(text: string): NodeJS.ProcessEnv {
  const names = [...text.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name]) => name as string);
  return Object.fromEntries(names.map((name) => [name, 'http://127.0.0.1:8080/x']));
}

const isRecipe = ({ language, text }: CodeBlock) =>
  language === 'yaml' && /^(name|source|filters?|transform|action|options|datahub):/m.test(text);

const examples = all.flatMap((each) =>
  codeBlocks(each)
    .filter(isRecipe)
    .map((block) => ({ ...block, where: `${each.path}:${block.line}` })),
);

describe('examples', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'evrun-docs-'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules/evrun'));
    for (const { text } of codeBlocks({ path: '', text: page('docs/writing-a-connector.md') })) {
      const name = /^\/\/ (\S+\.mjs)\n/.exec(text)?.[1];
      if (name !== undefined) writeFileSync(join(folder, name), text);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are found: every connector has one, and so have the pages', () => {
    const connectors = all.filter(({ path }) => path.startsWith('src/')).map(({ path }) => path);
    const without = connectors.filter((path) => !examples.some(({ where }) => where.startsWith(`${path}:`)));
    expect(without).toEqual([]);
    expect(examples.filter(({ where }) => where.startsWith('docs/')).length).toBeGreaterThan(4);
  });

  it.each(examples)('$where passes the check of recipes', async ({ text }) => {
    const file = join(folder, 'example.yml');
    writeFileSync(file, wholeRecipe(text));
    const { problems } = await loadRecipes({
      files: [file],
      flags: {},
      strict: true,
      env: environment(text),
    });
    // Programs of the reader's own.
    const found = problems.filter(
      ({ message }) => !/^the program "\.\/[^"]+" is no executable/.test(message),
    );
    expect(found.map((problem) => renderProblem(problem, false))).toEqual([]);
  });
});

it('the expressions that "Getting started" teaches are right', () => {
  const [, section = ''] = page('docs/getting-started.md').split('## Expressions');
  const taught = [...section.matchAll(/^\|[^|]*\|(.*)\|$/gm)].flatMap(([, cell]) =>
    [...(cell as string).matchAll(/`([^`]+)`/g)].map(([, code]) => code as string),
  );
  const expressions = taught.filter((code) => !code.startsWith('.'));
  expect(expressions.length).toBeGreaterThan(8);
  expect(expressions.map((text) => checkCel(text)?.message)).toEqual(expressions.map(() => undefined));
});

describe('the command line', () => {
  const helpOf = (...args: string[]) =>
    execFileSync(process.execPath, [join(ROOT, 'bin/evrun'), ...args, '--help'], { encoding: 'utf8' });
  const flagsIn = (text: string) =>
    new Set([...text.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([flag]) => flag));
  const known = flagsIn(
    [[], ['run'], ['check'], ['init'], ['connectors']].map((args) => helpOf(...args)).join('\n'),
  );
  /** What a page says of evrun's flags: inline code that begins with one, and commands that run evrun. */
  const saidOf = ({ path, text }: Page) => {
    const inline = [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(
      ([, code]) => code,
    );
    const commands = codeBlocks({ path, text }).flatMap((block) => block.text.split(/[\n|;&]/));
    return [
      ...inline.filter((code) => /^--|^evrun /.test(code as string)),
      ...commands.filter((line) => /^[\s$]*(npx )?evrun /.test(line)),
    ].join('\n');
  };

  it.each(all.filter(({ path }) => path !== 'CHANGELOG.md'))(
    '$path names no flag that does not exist',
    (each) => {
      expect([...flagsIn(saidOf(each))].filter((flag) => !known.has(flag))).toEqual([]);
    },
  );

  it('has no flag that the recipe reference does not name', () => {
    const named = flagsIn(page('docs/recipe-reference.md'));
    expect([...known].filter((flag) => !named.has(flag))).toEqual([]);
  });
});

describe('the pages', () => {
  it('explain every error code', () => {
    const text = page('docs/when-it-fails.md');
    for (const [code, exitCode] of Object.entries(ERROR_CODES))
      expect(text).toContain(`| \`${code}\` | ${exitCode} |`);
  });

  it('tell how to run the tests', () => {
    expect(page('README.md')).toContain('npm ci && npm test');
    expect(page('README.md')).toContain('npm ci && npx evrun recipes/quickstart.yml');
  });

  it.each(all)(
    '$path names no folder of the machine it was written on, and no host of a registry',
    ({ text }) => {
      const machine = /\/(work|home|Users|root)\/|\/tmp\/(?!logs\/datahub)|file:\/\/\/[a-z]/i;
      const registry = /registry\.(npmjs|yarnpkg)|npmjs\.(com|org)/i;
      expect([machine, registry].map((pattern) => pattern.exec(text)?.[0])).toEqual([undefined, undefined]);
    },
  );
});
