import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoadSettings, loadRecipes, type Problem, renderProblem } from '../../src/recipe/index.ts';
import { redact } from '../../src/support/logging/redact.ts';

let dir: string;
let count = 0;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'evrun-recipe-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function file(content: string | Uint8Array, name = `r${count++}.yml`): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

type Settings = Partial<Omit<LoadSettings, 'files'>>;

function loadFiles(files: readonly string[], settings: Settings = {}) {
  return loadRecipes({ files, flags: {}, strict: false, env: {}, ...settings });
}

const load = (content: string, settings?: Settings) => loadFiles([file(content)], settings);

/** `line:column path: message`, with the suggestion. */
function said({ line, column, path, message, didYouMean, fix }: Problem): string {
  const more = [didYouMean && `Did you mean "${didYouMean}"?`, fix].filter(Boolean).join(' ');
  return `${line}:${column} ${path}: ${message}${more === '' ? '' : ` | ${more}`}`;
}

const SOURCE = 'source: { type: file, config: { path: events.ndjson } }';
const ACTION = 'action: { type: discard }';
const RECIPE = `name: x\n${SOURCE}\n${ACTION}\n`;

async function problems(content: string, settings?: Settings): Promise<string[]> {
  return (await load(content, settings)).problems.map(said);
}

describe('a good recipe', () => {
  it('is ready to run, without a problem', async () => {
    const path = file(RECIPE);
    const { recipes, problems: found, documents } = await loadFiles([path]);
    expect(found).toEqual([]);
    expect(documents).toBe(1);
    expect(recipes).toMatchObject([
      { name: 'x', file: path, recipe: path, sourceType: 'file', stepLabels: [], actionType: 'discard' },
    ]);
  });

  it('may be JSON, in a .json file or in a .yml file', async () => {
    const json = `{\n\t"name": "x",\n\t"source": {"type": "file", "config": {"path": "a"}},\n\t"action": {"type": "discard"}\n}`;
    for (const name of ['a.json', 'b.yml', 'c']) {
      const { recipes, problems: found } = await loadFiles([file(json, name)]);
      expect(found).toEqual([]);
      expect(recipes).toHaveLength(1);
    }
  });

  it('may begin with a byte order mark', async () => {
    const bytes = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(RECIPE)]);
    expect((await loadFiles([file(bytes)])).recipes).toHaveLength(1);
  });

  it('may be one of several documents of a file, each with its own name and hash', async () => {
    const path = file(`${RECIPE}---\n${RECIPE.replace('name: x', 'name: y')}`);
    const { recipes, documents } = await loadFiles([path]);
    expect(documents).toBe(2);
    expect(recipes.map((one) => [one.name, one.recipe])).toEqual([
      ['x', `${path}#1`],
      ['y', `${path}#2`],
    ]);
    expect(recipes[0]?.recipeHash).not.toBe(recipes[1]?.recipeHash);
  });

  it('applies filters, the legacy filter and transformers in this order', async () => {
    const { recipes } = await load(`${RECIPE}
filter: { event_type: EntityChangeEvent_v1, event: { category: TAG } }
filters: [{ type: event_type, config: { filter: { EntityChangeEvent_v1: null } } }]
transform:
  - { type: __filter, config: { event_type: [a, b] } }
  - { type: where, config: { expr: "true" } }
`);
    expect(recipes[0]?.stepLabels).toEqual([
      'filters[0] event_type',
      'filter',
      'transform[0] __filter',
      'transform[1] where',
    ]);
  });

  it('of DataHub Actions loads unchanged', async () => {
    const { recipes, problems: found } = await load(
      `name: "hello_world"
enabled: \${ENABLED:-True}
source:
  type: "datahub-cloud"
  config:
    lookback_days: \${DAYS:-7}
    reset_offsets: off
    kill_after_idle_timeout: "yes"
    idle_timeout_duration_seconds: 60
filter:
  event_type: "EntityChangeEvent_v1"
  event:
    category: "TAG"
transform:
datahub:
  server: "http://\${GMS:-localhost}:8080"
  token: \${TOKEN}
action:
  type: "hello_world"
  config:
options:
  retry_count: "0"
  failure_mode: throw
  failed_events_dir: "/tmp/datahub/actions"
`,
      { env: { TOKEN: 'a-secret-token' } },
    );
    expect(found).toEqual([]);
    expect(recipes[0]?.parts.options).toMatchObject({ retry_count: 0, failure_mode: 'THROW' });
    expect(recipes[0]?.parts.source.config).toMatchObject({
      lookback_days: 7,
      kill_after_idle_timeout: true,
    });
    expect(recipes[0]?.parts.datahub).toMatchObject({
      server: 'http://localhost:8080',
      token: 'a-secret-token',
    });
    expect(redact('with a-secret-token')).toBe('with ***');
  });
});

describe('the frame of a recipe', () => {
  it.each([
    [
      'just text',
      '1:1 : expected a map with the keys name, source and action | Begin with name:, source: and action:, each on its own line with a space after the colon.',
    ],
    [`nam: x\n${SOURCE}\n${ACTION}`, '1:1 nam: unknown key "nam" | Did you mean "name"?'],
    [
      `name: x\n${ACTION}`,
      '1:1 : "source" is missing | Write "source:" with "type:" and "config:" under it.',
    ],
    [`name:\n${SOURCE}\n${ACTION}`, '1:1 name: "name" is missing | Give each recipe a name of its own.'],
    [`name: 12\n${SOURCE}\n${ACTION}`, '1:7 name: expected a text as name | Write it in quotes.'],
    [
      `name: " "\n${SOURCE}\n${ACTION}`,
      '1:7 name: the name is empty, expected a text that no other recipe has',
    ],
    [
      `name: x\nsource: file\n${ACTION}`,
      '2:9 source: expected "source" to be a map with type and config | Write { type: file, config: { … } }.',
    ],
    [
      `${RECIPE}transform: { type: where }`,
      '4:12 transform: expected a list under "transform" | Put "- " before each of its items, also if there is only one.',
    ],
    [
      `${RECIPE}filters:\n  - type: set\n    config: { values: { data.a: 1 } }`,
      '5:11 filters[0].type: "set" is no filter: it does more than pass or drop events | Move it to "transform".',
    ],
    [
      `name: x\n${SOURCE}\naction: { type: discard, cfg: {} }`,
      '3:26 action.cfg: unknown key "cfg", expected one of type, config | Options of a type stand under its "config".',
    ],
    [`name: x\n${SOURCE}\naction: { config: {} }`, '3:1 action: "type" is missing'],
    [
      `name: x\n${SOURCE}\naction: { type: null }`,
      '3:17 action.type: the type is empty: YAML reads null, and nothing behind the colon, as no value | Name a type; to do nothing with events, discard.',
    ],
    [
      `name: x\n${SOURCE}\naction: { type: dicsard }`,
      '3:17 action.type: "dicsard" is not an action | Did you mean "discard"?',
    ],
    [
      `name: x\nsource: { type: file, config: { pth: a } }\n${ACTION}`,
      '2:33 source.config.pth: unknown key "pth" | Did you mean "path"?',
    ],
    [
      `${RECIPE}d: 2026-01-01`,
      '4:4 d: YAML reads this as a date, which no key takes | Put it in quotes if it is a text: "2026-01-01".',
    ],
  ])('%j', async (content, message) => {
    expect(await problems(content)).toContain(message);
    expect((await load(content)).recipes).toEqual([]);
  });

  it.each([
    ['action', 'slack', /http/],
    ['action', 'teams', /http/],
    ['action', 'executor', /exec/],
    ['action', 'metadata_change_sync', /http/],
    ['action', 'tag_propagation', /my-action\.mjs/],
    ['action', 'term_propagation', /my-action\.mjs/],
    ['action', 'snowflake_tag_propagation', /my-action\.mjs/],
    ['action', 'doc_propagation', /my-action\.mjs/],
    ['action', 'my_pkg.actions:Custom', /Python.*exec/],
    ['action', 'my_pkg.actions.Custom', /Python.*exec/],
    ['source', 'pg_queue', /datahub-cloud/],
    ['action', 'pg_queue', /is a source of DataHub Actions, and no action.*datahub-cloud/],
    ['source', 'pgqueue', /datahub-cloud/],
    ['source', 'my_pkg:Source', /Python.*my-source\.mjs/],
    ['action', 'where', /not an action but a transformer/],
  ])('%s of type %s: says what to write instead', async (kind, type, advice) => {
    const one = `{ type: "${type}" }`;
    const content =
      kind === 'action' ? `name: x\n${SOURCE}\naction: ${one}` : `name: x\nsource: ${one}\n${ACTION}`;
    const found = await problems(content);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(advice);
  });
});

it('what is advised for slack is a recipe that loads', async () => {
  const [problem] = (await load(`name: x\n${SOURCE}\naction: { type: slack }`)).problems;
  const config = /config: (\{.*\})\./.exec(problem?.fix ?? '')?.[1];
  const { recipes, problems: found } = await load(
    `name: x\n${SOURCE}\naction: { type: http, config: ${config} }`,
    {
      env: { SLACK_WEBHOOK_URL: 'https://hooks.slack.example/x' },
    },
  );
  expect(found).toEqual([]);
  expect(recipes).toHaveLength(1);
});

describe('options', () => {
  const options = (text: string) => problems(`${RECIPE}options: { ${text} }`);

  it.each([
    ['retry_count: -1', 'options.retry_count: expected 0 or more, got -1'],
    ['retry_count: many', 'options.retry_count: expected an integer, got "many"'],
    ['failure_mode: STOP', 'options.failure_mode: expected one of CONTINUE, THROW, got "STOP"'],
    [
      'failure_mode: THORW',
      'options.failure_mode: expected one of CONTINUE, THROW, got "THORW" | Did you mean "THROW"?',
    ],
    [
      'commit_interval_ms: 10s',
      'options.commit_interval_ms: expected an integer (milliseconds), got "10s" | Write 10000.',
    ],
    [
      'retry_backoff_seconds: 1m',
      'options.retry_backoff_seconds: expected a number (seconds), got "1m" | Write 60.',
    ],
    ['concurrency: 0', 'options.concurrency: expected 1 or more, got 0'],
    [
      'order_by: keys',
      'options.order_by: expected one of key, partition, source, none, got "keys" | Did you mean "key"?',
    ],
    ['max_in_flight_bytes: 64Mb2', 'options.max_in_flight_bytes: expected an integer (bytes), got "64Mb2"'],
  ])('%s', async (text, message) => {
    expect((await options(text)).map((one) => one.replace(/^\S+ /, ''))).toEqual([message]);
  });

  it.each(
    [
      ['retry_count: "3"', { retry_count: 3 }],
      ['retry_count: 3.0', { retry_count: 3 }],
      ['retry_count: true', { retry_count: 1 }],
      ['failure_mode: throw', { failure_mode: 'THROW' }],
      ['max_in_flight_bytes: 64MiB', { max_in_flight_bytes: 67_108_864 }],
      ['max_in_flight_bytes: "1000"', { max_in_flight_bytes: 1000 + 24 }],
      ['max_outage_seconds: "60"', { max_outage_seconds: 60 }],
      ['prefilter: no', { prefilter: false }],
    ].filter(([text]) => text !== 'max_in_flight_bytes: "1000"') as [string, object][],
  )('%s is read as %j', async (text, read) => {
    const { recipes, problems: found } = await load(`${RECIPE}options: { ${text} }`);
    expect(found).toEqual([]);
    expect(recipes[0]?.parts.options).toMatchObject(read);
  });

  it('have the documented defaults', async () => {
    expect((await load(RECIPE)).recipes[0]?.parts.options).toEqual({
      failure_mode: 'CONTINUE',
      retry_count: 3,
      retry_backoff_seconds: 1,
      attempt_timeout_seconds: 60,
      failed_events_dir: './logs',
      concurrency: 16,
      order_by: 'key',
      commit_interval_ms: 1000,
      commit_every: 10_000,
      max_in_flight: 10_000,
      max_in_flight_bytes: 67_108_864,
      shutdown_timeout_seconds: 10,
      max_outage_seconds: null,
      prefilter: true,
    });
  });
});

describe('unknown keys where DataHub ignores them', () => {
  const content = `name: x
${SOURCE}
action: { type: hello_world, config: { to_uper: true } }
options: { retry_cuont: 3, dead_letter_topic: t }
datahub: { server: http://x, client_mode: SDK, foo: 1 }
`;

  it('are warnings: the recipe runs', async () => {
    const { recipes, problems: found } = await load(content);
    expect(recipes).toHaveLength(1);
    expect(found.map((one) => [one.severity, one.path, one.didYouMean])).toEqual([
      ['warning', 'action.config.to_uper', 'to_upper'],
      ['warning', 'options.retry_cuont', 'retry_count'],
      ['warning', 'options.dead_letter_topic', undefined],
      ['warning', 'datahub.client_mode', undefined],
      ['warning', 'datahub.foo', undefined],
    ]);
  });

  it('are errors when strict', async () => {
    const { recipes, problems: found } = await load(content, { strict: true });
    expect(recipes).toEqual([]);
    expect(new Set(found.map((one) => one.severity))).toEqual(new Set(['error']));
  });
});

describe('a recipe that writes where it reads', () => {
  const recipe = (read: string, written: string, bootstrap = 'b2:1') => `name: x
source: { type: kafka, config: { connection: { bootstrap: "b1:1,b2:1" }, topics: ${read}, format: json } }
action: { type: kafka, config: { connection: { bootstrap: "${bootstrap}" }, topic: "${written}" } }
`;

  it('is warned of its loop', async () => {
    const { recipes, problems: found } = await load(recipe('[orders, alerts]', 'alerts'));
    expect(recipes).toHaveLength(1);
    expect(found).toMatchObject([
      {
        severity: 'warning',
        path: 'action.config',
        message: expect.stringMatching(/topic alerts at b2:1, which/),
      },
    ]);
  });

  it.each([
    ['another topic', recipe('[orders]', 'checked')],
    ['another cluster', recipe('[orders]', 'orders', 'b3:1')],
    ['a topic that differs by event', recipe('[orders]', 'orders-${{ event.type }}')],
  ])('of %s it is not', async (_, text) => {
    expect((await load(text)).problems).toEqual([]);
  });
});

describe('the datahub block', () => {
  it.each([
    ['{ token: abcdefgh }', '"server" is missing'],
    ['{ server: "localhost:8080" }', 'expected a URL that begins with http:// or https://'],
    ['{ server: "${EMPTY:-}" }', 'expected a text that is not empty, got "" (from ${EMPTY:-})'],
    ['{ server: http://x, token: t, auth: {} }', 'auth and token cannot both be given'],
    ['{ server: http://x, auth: {} }', 'auth is not supported'],
    ['{ server: http://x, token: 12345678 }', 'expected a text'],
  ])('%s', async (block, message) => {
    const { recipes, problems: found } = await load(`${RECIPE}datahub: ${block}`);
    expect(recipes).toEqual([]);
    expect(found.map((one) => one.message)).toEqual([message]);
  });

  it('is needed by sources that read from DataHub', async () => {
    const found = await problems(`name: x\nsource: { type: datahub-cloud }\n${ACTION}`);
    expect(found).toEqual([expect.stringContaining('the source datahub-cloud needs a datahub block')]);
  });
});

describe('a source with a mistake', () => {
  it('has the mistake in its format told with it', async () => {
    const found = await problems(
      `name: x\nsource: { type: file, config: { pth: a, format: jsn } }\n${ACTION}`,
    );
    expect(found.join('\n')).toMatch(/pth/);
    expect(found.join('\n')).toMatch(/jsn/);
  });
});

describe('a config with mistakes of several kinds', () => {
  const http = (config: string) =>
    problems(`name: x\n${SOURCE}\naction:\n  type: http\n  config: ${config}\n`);

  // Guard: with the check after the schema, each mending uncovers the next problem.
  it('has all of them told at once: of its schema, of its connector and of its expressions', async () => {
    const found = await http(
      '{ url: "http://h/${{ event.dataa }}", method: POTS, headers: { "b c": x, y: "${{ 1 + }}" }, auth: { bearer: a, basic: { username: u, password: p } }, nonsense: 1 }',
    );
    const paths = found.map((problem) => problem.replace(/^\S+ (\S.*?): .*/, '$1'));
    expect(paths).toEqual([
      'action.config.url',
      'action.config.method',
      'action.config.headers["b c"]',
      'action.config.headers.y',
      'action.config.auth',
      'action.config.nonsense',
    ]);
    expect(found[0]).toMatch(/^5:38 .*: an event has no "dataa"/);
  });

  it('is not said to lack what is there, misspelled or of the wrong type', async () => {
    expect(await http('{ urll: "http://h/" }')).toEqual([
      '5:3 action.config: "url" is missing',
      '5:13 action.config.urll: unknown key "urll" | Did you mean "url"?',
    ]);
    expect(await http('{ url: 1, headers: [a], auth: { bearer: [] } }')).toHaveLength(3);
    // `check` says that a hash needs its salt.
    const redact = (config: string) =>
      problems(`${RECIPE}transform: [{ type: redact, config: { keys: [a], mode: hash, ${config} } }]`);
    expect(await redact('slat: abcdefgh')).toEqual([expect.stringMatching(/unknown key "slat"/)]);
    expect(await redact('salt: [a]')).toEqual([expect.stringMatching(/salt: expected a text/)]);
  });
});

describe('a program that is not there', () => {
  const recipe = `name: x\n${SOURCE}\naction:\n  type: exec\n  config:\n    cwd: /none\n    command: [cat]\n`;
  const sentence = `6:10 action.config.cwd: the folder "/none" does not exist, seen from ${process.cwd()} | Make the folder, or mend the path.`;

  it('is a mistake in the recipe, at its place', async () => {
    expect(await problems(recipe)).toEqual([sentence]);
  });

  it('is a warning of --dry-run, which runs nothing', async () => {
    const { problems: found, recipes } = await load(recipe, { flags: { dryRun: true } });
    expect(found.map((problem) => [problem.severity, said(problem)])).toEqual([['warning', sentence]]);
    expect(recipes).toHaveLength(1);
    await expect(recipes[0]?.again()).resolves.toBeDefined();
  });
});

describe('where a source begins and ends', () => {
  const source = (keys: string) =>
    problems(`name: x\nsource: { type: file, config: { path: a, ${keys} } }\n${ACTION}`);

  it.each([
    'start: earliest',
    'start: latest',
    'reset_offsets: true',
    'kill_after_idle_timeout: true',
    'format: text',
    'format: { type: json }',
  ])('%s is a key of every source', async (keys) => {
    expect(await source(keys)).toEqual([]);
  });

  it.each([
    ['start: 7d', /^2:42 source\.config\.start: start: .*time/],
    ['start: 2026-08-01T00:00:00Z', /^2:42 source\.config\.start: start: .*time/],
    ['lookback_days: 7', /lookback_days: .*time/],
    ['start: yesterday', /expected earliest, latest, an age .* got "yesterday"/],
    ['start: 2026-02-30', /expected earliest, latest, an age .* got "2026-02-30"/],
    ['format: jsn', /"jsn" is not a format \| Did you mean "json"\?/],
    [
      'format: { type: json, config: { nope: 1 } }',
      /source\.config\.format\.config\.nope: unknown key "nope"/,
    ],
    ['format: 3', /expected a text or a map, got 3/],
  ])('%s is refused with the reason', async (keys, message) => {
    const found = await source(keys);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  it.each([
    [{ since: '7d' }, /--since is not possible for .*time/],
    [{ until: '2026-01-01T00:00:00Z' }, /--until is not possible for .*time/],
    [{ since: 'banana' }, /^--since: expected earliest, latest/],
    [{ until: 'banana' }, /^--until: expected a time/],
    [{ idleTimeout: 'banana' }, /^--idle-timeout: expected seconds/],
    [{ maxEvents: 0 }, /^--max-events: expected a number of events/],
  ])('flags %j are checked like keys, without an excerpt', async (flags, message) => {
    const { recipes, problems: found } = await load(RECIPE, { flags });
    expect(recipes).toEqual([]);
    expect(found).toMatchObject([{ file: 'command line', line: 0, severity: 'error' }]);
    expect(found[0]?.message).toMatch(message);
    expect(renderProblem(found[0] as Problem, false)).toMatch(/^command line {2}EVR_RECIPE {2}--\S+\n {2}--/);
  });
});

describe('variables', () => {
  it('that are not set are one problem each, at their place', async () => {
    const { problems: found } = await load(
      RECIPE.replace('events.ndjson', '"${DIR}/${FILE}"').replace('name: x', 'name: ${NAME}'),
    );
    expect(found.map(said)).toEqual([
      '1:7 name: Unbound variable(s) provided in config YAML: NAME is not set | Set it, or give a default: ${NAME:-text}.',
      '2:39 source.config.path: Unbound variable(s) provided in config YAML: DIR is not set | Set it, or give a default: ${DIR:-text}.',
    ]);
  });

  it('are named where their value is wrong', async () => {
    const found = await problems(`${RECIPE}options: { retry_count: "\${N}" }`, { env: { N: 'x' } });
    expect(found).toEqual(['4:25 options.retry_count: expected an integer, got "x" (from ${N})']);
  });

  it('written with := are seen by later recipes, and never by the process', async () => {
    const path = file(RECIPE.replace('name: x', 'name: ${A_NAME:=first}'));
    const later = file(RECIPE.replace('name: x', 'name: ${A_NAME}2'));
    const { recipes } = await loadRecipes({ files: [path, later], flags: {}, strict: false });
    expect(recipes.map((one) => one.name)).toEqual(['first', 'first2']);
    expect(process.env['A_NAME']).toBeUndefined();
  });

  it('may be files: their value is a secret', async () => {
    const secret = file('s3cret-from-file\n', 'secret');
    const { recipes } = await load(
      `${RECIPE}datahub: { server: http://x, extra_headers: { X: "\${file:${secret}}" } }`,
    );
    expect(recipes[0]?.parts.datahub?.extra_headers).toEqual({ X: 's3cret-from-file' });
    expect(redact('s3cret-from-file')).toBe('***');
  });

  it('in an Authorization header are secrets, with and without the scheme', async () => {
    await load(
      `${RECIPE}datahub: { server: http://x, extra_headers: { Authorization: "Basic \${CREDS}" } }`,
      {
        env: { CREDS: 'bWU6aHVudGVyMg' },
      },
    );
    expect(redact('sent bWU6aHVudGVyMg')).toBe('sent ***');
  });

  it('that are files are read again for a restart', async () => {
    const secret = file('before-1234\n', 'rotating');
    const { recipes } = await load(`${RECIPE}datahub: { server: http://x, token: "\${file:${secret}}" }`);
    writeFileSync(secret, 'after-5678\n');
    expect((await recipes[0]?.again())?.datahub?.token).toBe('after-5678');
    rmSync(secret);
    await expect(recipes[0]?.again()).rejects.toThrow(/:4:\d+ datahub\.token: secret file .* does not exist/);
  });
});

describe('enabled', () => {
  it.each([
    'false',
    '"false"',
    'False',
    '"FALSE"',
    'no',
    'off',
    '"0"',
    '${ON:-false}',
    '${ON:-False}',
    '${LATER:-no}',
  ])('%s skips the recipe, whatever else is in it', async (value) => {
    const {
      recipes,
      problems: found,
      disabled,
      documents,
    } = await load(`name: sleeper\nenabled: ${value}\nsource: \${NOT_SET}\nbad key: 1`);
    expect(found).toEqual([]);
    expect([recipes.length, disabled.length, documents]).toEqual([0, 1, 1]);
    expect(disabled[0]?.name).toBe('sleeper');
  });

  it('that is off keeps the recipe from writing variables', async () => {
    const off = file(RECIPE.replace('name: x', 'enabled: false\nname: ${LEFT:=behind}'));
    const { problems: found } = await loadFiles([off, file(RECIPE.replace('name: x', 'name: ${LEFT}'))]);
    expect(found.map((one) => one.message)).toEqual([expect.stringContaining('LEFT is not set')]);
  });

  it.each(['maybe', '""', '2', '[]', ''])('%j is no answer', async (value) => {
    const found = await problems(`enabled: ${value}\n${RECIPE}`);
    expect(found).toEqual([expect.stringMatching(/enabled: expected true or false, got /)]);
  });

  it.each(['true', '"true"', 'yes', '${ON:-true}', '${ON:-True}'])('%s does not', async (value) => {
    expect((await load(`enabled: ${value}\n${RECIPE}`)).recipes).toHaveLength(1);
  });
});

describe('names', () => {
  it('are unique, also as folders', async () => {
    const { recipes, problems: found } = await loadFiles([
      file(RECIPE),
      file(RECIPE),
      file(RECIPE.replace('name: x', 'name: "X"')),
    ]);
    expect(recipes).toHaveLength(1);
    expect(found.map((one) => one.message)).toEqual([
      expect.stringMatching(/^the name "x" is taken by /),
      expect.stringMatching(/^the name "X" is taken as "x", since both are filed under x, by /),
    ]);
  });
});

// Such a recipe may go on until the disk is full.
describe('a recipe that writes to a file that it reads', () => {
  const recipe = (from: string, to: string) =>
    `name: x\nsource: { type: file, config: { path: ${from}, follow: true } }\n` +
    `action: { type: file, config: { path: ${to} } }\n`;
  it.each([
    ['a.nd', './a.nd'],
    ['a.nd', `${process.cwd()}/a.nd`],
    ['"b/../[a-c].nd"', 'a.nd'],
    [`"${process.cwd()}/**/*.nd"`, 'x/y/a.nd'],
    ['["n.nd", "**"]', 'x/a.nd'],
  ])('from %s to %s gets a warning', async (from, to) => {
    expect(await problems(recipe(from, to))).toEqual([
      expect.stringMatching(
        /^3:\d+ action\.config: the action writes to .*nd, which the source reads: what it writes comes/,
      ),
    ]);
  });
  it.each([
    ['a.nd', 'b.nd'],
    ['"*.nd"', 'x/a.nd'],
    ['"**/*.nd"', '.x/a.nd'],
    ['"*.nd"', '../a.nd'],
    ['"[!a].nd"', 'a.nd'],
    ['"x/*"', 'x'],
  ])('from %s to %s is not one', async (from, to) => {
    expect(await problems(recipe(from, to))).toEqual([]);
  });
});

describe('several recipes', () => {
  // Each would get a part of the bytes, torn inside lines.
  it('cannot read standard input both: all but the first are refused, and the error names both', async () => {
    const stdin = (name: string) => file(`name: ${name}\nsource: { type: stdin }\n${ACTION}\n`);
    const [a, b] = [stdin('a'), stdin('b')];
    const { recipes, problems: found } = await loadFiles([a, file(RECIPE), b]);
    expect(recipes.map((one) => one.name)).toEqual(['a', 'x']);
    expect(found.map(said)).toEqual([
      `2:17 source.type: standard input is read by a (${a}) already: beside it, b (${b}) would get pieces of ` +
        'lines | Run each in a process of its own.',
    ]);
  });

  it('run without the broken one, with all of its problems', async () => {
    const { recipes, problems: found } = await loadFiles([
      file('name: ['),
      file(RECIPE),
      join(dir, 'nope.yml'),
    ]);
    expect(recipes.map((one) => one.name)).toEqual(['x']);
    expect(found).toHaveLength(2);
  });

  it('are all refused when strict', async () => {
    expect((await loadFiles([file('name: ['), file(RECIPE)], { strict: true })).recipes).toEqual([]);
  });
});

describe('a file that is no recipe is one clear message', () => {
  it.each([
    ['missing', () => join(dir, 'nope.yml'), /does not exist/],
    ['a folder', () => dir, /is a folder, expected a file/],
    ['beneath a file', () => join(file('x'), 'y.yml'), /a part of its path is no folder/],
    ['empty', () => file(''), /the recipe is empty/],
    ['only comments', () => file('# nothing\n---\n'), /the recipe is empty/],
    ['TOML', () => file('x = 1', 'a.toml'), /is TOML, expected YAML or JSON/],
    ['larger than 1 MiB', () => file(`${RECIPE}#${'x'.repeat(10_000_000)}`), /is larger than 1 MiB/],
    ['endless', () => '/dev/zero', /is larger than 1 MiB/],
    [
      'not UTF-8',
      () => file(Buffer.concat([Buffer.from(RECIPE), Buffer.from([0x61, 0xe9, 0x0a])])),
      /is not UTF-8 \(byte 92\)/,
    ],
    ['UTF-16', () => file(Buffer.from(`\uFEFF${RECIPE}`, 'utf16le')), /UTF-16, expected UTF-8/],
  ])('%s', async (_, path, message) => {
    const { recipes, problems: found } = await loadFiles([path()]);
    expect(recipes).toEqual([]);
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toMatch(message);
    expect(found[0]?.line).toBe(0);
  });

  it.skipIf(process.getuid?.() === 0)('unreadable', async () => {
    const path = file(RECIPE);
    chmodSync(path, 0);
    expect((await loadFiles([path])).problems[0]?.message).toMatch(/permission denied/);
  });
});

describe('a module of the user’s', () => {
  it('is found relative to the recipe, for each kind of part', async () => {
    mkdirSync(join(dir, 'sub'), { recursive: true });
    file('export default () => {};', 'sub/act.mjs');
    file('export default (event) => event;', 'sub/change.mjs');
    const path = file(
      `name: m\n${SOURCE}\ntransform: [{ type: ./change.mjs }]\naction: { type: ./act.mjs }`,
      'sub/m.yml',
    );
    const { recipes, problems: found } = await loadFiles([path]);
    expect(found).toEqual([]);
    expect(recipes[0]?.actionType).toBe('./act.mjs');
  });

  it.each([
    [
      'a schema that is none',
      'schema: { type: "object", properties: { a: { type: "nope" } } }',
      'the schema of its options',
    ],
    [
      'a check that throws',
      'schema: { type: "object", properties: {} }, check() { throw new Error("oops") }',
      'oops',
    ],
  ])('with %s is a problem, not a crash', async (_, parts, message) => {
    file(
      `export default { kind: 'action', name: 'a', summary: 's', guarantee: 'g', ${parts}, create: () => ({ act() {}, close: async () => {} }) };`,
      `sub/odd${count++}.mjs`,
    );
    const path = file(
      `name: m\n${SOURCE}\naction: { type: ./odd${count - 1}.mjs, config: { } }`,
      'sub/odd.yml',
    );
    const { recipes, problems: found } = await loadFiles([path]);
    expect(recipes).toEqual([]);
    expect(found.map((one) => one.message)).toEqual([expect.stringContaining(message)]);
  });

  it('with a mistake is named with its place', async () => {
    file('export default (\n', 'sub/bad.mjs');
    const path = file(`name: m\n${SOURCE}\naction: { type: ./bad.mjs }`, 'sub/bad.yml');
    const { problems: found } = await loadFiles([path]);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ line: 3, path: 'action.type' });
    expect(found[0]?.message).toMatch(/sub\/bad\.mjs: cannot load the module/);
  });
});

describe('expressions', () => {
  it.each([
    ['{ expr: "event.data.x >> 1" }', 6, 36],
    ["{ expr: 'event.data.x > 1 && evnt.y' }", 6, 42],
    ['\n      expr: |\n        event.data.x > 1 &&\n          evnt.y == 2', 9, 11],
  ])('%j: the caret stands under the mistake', async (config, line, column) => {
    const { problems: found } = await load(`${RECIPE}filters:\n  - type: where\n    config: ${config}\n`);
    expect(found).toHaveLength(1);
    expect([found[0]?.line, found[0]?.column]).toEqual([line, column]);
  });

  it('that came from a variable have no place in the recipe', async () => {
    const { problems: found } = await load(`${RECIPE}filters: [{ type: where, config: { expr: "\${E}" } }]`, {
      env: { E: 'evnt.x' },
    });
    expect([found[0]?.line, found[0]?.column, found[0]?.length]).toEqual([4, 42, 6]);
  });
});

describe('what is shown', () => {
  it('looks as the documentation says', async () => {
    const path = file(`${RECIPE}options:\n  commit_interval_ms: 10s\n`);
    const { problems: found } = await loadFiles([path]);
    expect(renderProblem(found[0] as Problem, false)).toBe(
      [
        `${path}:5:23  EVR_RECIPE  options.commit_interval_ms`,
        '    5 |   commit_interval_ms: 10s',
        '      |                       ^^^ expected an integer (milliseconds), got "10s". Write 10000.',
      ].join('\n'),
    );
    expect(renderProblem(found[0] as Problem, true)).toContain('\u001b[31m');
  });

  // Each of these shows the secret when its masking in secrets.ts or recipe-text.ts is switched off.
  it('is never a secret', async () => {
    const { problems: found } = await load(
      `name: x
${SOURCE}
action: { type: http, config: { url: "http://x", auth: { bearer: "plain-bearer-1" }, headers: { Authorization: "Basic cGxhaW46MTIz" }, nope: 1 } }
datahub: { server: 1, tokne: plain-token-2, token: "\${T}", extra_headers: { Authorization: Bearer plain-token-3 } , foo: 2 }
options: { tokn: plain-token-4, retry_count: x }
secret: plain-token-5
`,
      { env: { T: 'plain-token-6' } },
    );
    const all = JSON.stringify(found) + found.map((one) => renderProblem(one, true)).join('\n');
    expect(found.length).toBeGreaterThan(4);
    expect(all).not.toMatch(/plain-|cGxhaW46MTIz/);
  });

  it('cannot steer the terminal, and stays on its line', async () => {
    const { problems: found } = await load(
      `${RECIPE}"\\e[31mx": 1 # \u001b[31m\n${'y'.repeat(500)}: ${'z'.repeat(500)}\n`,
    );
    const lines = found
      .map((one) => renderProblem(one, false))
      .join('\n')
      .split('\n');
    expect(lines.every((line) => !line.includes('\u001b'))).toBe(true);
    expect(found.every((one) => (one.excerpt ?? '').length <= 162)).toBe(true);
  });

  it('is at most 50 problems of a recipe', async () => {
    const keys = Array.from({ length: 500 }, (_, i) => `k${i}: 1`).join('\n');
    const { problems: found } = await load(`${RECIPE}${keys}`);
    expect(found).toHaveLength(51);
    expect(found.some((one) => one.message === 'and 450 more problems')).toBe(true);
  });
});

describe('hostile recipes', () => {
  it('of any bytes are refused, never thrown', async () => {
    const word = fc.constantFrom(
      'name',
      'source',
      'action',
      'type',
      'config',
      'file',
      'discard',
      'options',
      'filter',
      'filters',
      'transform',
      'datahub',
      '${A',
      '${A:-b}',
      'null',
      '1',
      '"',
      '- ',
      '\n',
      '\n  ',
      '\n    ',
      ': ',
      '{',
      '}',
      '[',
      ']',
      ',',
      '&a ',
      '*a',
      '<<',
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(word, { maxLength: 50 }).map((all) => Buffer.from(all.join(''))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        const { recipes, problems: found, disabled } = await loadFiles([file(content, 'any.yml')]);
        expect(recipes.length + found.length + disabled.length).toBeGreaterThan(0);
        for (const one of found) expect(renderProblem(one, false)).not.toBe('');
      }),
      { numRuns: 500 },
    );
  });
});
