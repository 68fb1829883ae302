import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import definition from '../../src/actions/exec/index.ts';
import type { Action } from '../../src/contract/action.ts';
import type { PartContext } from '../../src/contract/context.ts';
import { EvrunError } from '../../src/contract/errors.ts';
import { findProgram } from '../../src/support/programs/process.ts';
import { compileSchema } from '../../src/support/schema/json-schema.ts';
import { folder } from '../support/disk.ts';
import { eventOf } from '../support/events.ts';
import { actionOf, attempt, context, eventually, failureOf, problems } from './kit.ts';

const given = eventOf({ id: 'id-1', type: 'com.example.T', data: { n: 1 } });

/** Runs a shell script on an event and gives back the action; `$0` is the folder. */
async function run(script: string, dir: string, more: object = {}, event = given, tries = 1): Promise<void> {
  const command = ['sh', '-c', script, dir];
  const action = await actionOf(definition, { command, stdout: 'discard', ...more });
  await action.open?.();
  try {
    await action.act?.(event, attempt(tries));
  } finally {
    await action.close();
  }
}

test('the program finds the event on its standard input and in its environment', async () => {
  await using dir = await folder();
  const out = join(dir.path, 'out');
  await run(
    'cat > $0/out; env | grep ^EVRUN_ | grep -v ^EVRUN_TEST_ >> $0/out; echo "$MY" >> $0/out',
    dir.path,
    { env: { MY: 'own' } },
    given,
    3,
  );
  const lines = (await readFile(out, 'utf8')).trim().split('\n');
  const envelope = '{"event_type":"com.example.T","event":{"n":1},"meta":{}}';
  expect(lines[0]).toBe(envelope);
  expect(lines.slice(1).sort()).toEqual([
    'EVRUN_ATTEMPT=3',
    `EVRUN_EVENT=${envelope}`,
    'EVRUN_EVENT_ID=id-1',
    'EVRUN_EVENT_TYPE=com.example.T',
    'EVRUN_IDEMPOTENCY_KEY=key-of-id-1',
    'EVRUN_PIPELINE=test',
    'own',
  ]);
});

test('arguments may hold templates, and no shell reads them', async () => {
  await using dir = await folder();
  const out = join(dir.path, 'out');
  const command = ['sh', '-c', 'printf "%s|" "$@" > $0', out, '${{ event.data.evil }}', 'a b'];
  const action = await actionOf(definition, { command });
  await action.act?.(eventOf({ data: { evil: '$(touch x); `id` "' } }), attempt());
  expect(await readFile(out, 'utf8')).toBe('$(touch x); `id` "|a b|');
  expect(action.preview?.(eventOf({ data: { evil: "it's" } }))).toMatch(/ 'it'\\''s' 'a b'$/);
});

// Guard: with the limit raised above 128 KiB the system refuses to start the program (E2BIG).
test('an event of more than 128 KiB stands in a file that only its owner reads, removed afterwards', async () => {
  await using dir = await folder();
  for (const [size, inFile] of [
    [130_900, false],
    [131_072, true],
    [2_000_000, true],
  ] as const) {
    const big = eventOf({ data: 'x'.repeat(size), type: 'T' });
    const script =
      'printf %s "$EVRUN_EVENT_FILE" > $0/path; [ -z "$EVRUN_EVENT_FILE" ] || stat -c %a "$EVRUN_EVENT_FILE" > $0/mode; ' +
      'wc -c < "${EVRUN_EVENT_FILE:-/dev/null}" > $0/size; [ -n "$EVRUN_EVENT$EVRUN_EVENT_FILE" ]';
    await run(script, dir.path, { format: 'data' }, big);
    const path = await readFile(join(dir.path, 'path'), 'utf8');
    expect(path !== '').toBe(inFile);
    if (!inFile) continue;
    expect((await readFile(join(dir.path, 'mode'), 'utf8')).trim()).toBe('600');
    expect(Number(await readFile(join(dir.path, 'size'), 'utf8'))).toBe(size + 3);
    expect(existsSync(path)).toBe(false);
  }
});

test('exit 0 is done; 75 and others may be tried again; permanent_exit_codes are for good', async () => {
  const options = { permanent_exit_codes: [2, 75] };
  await run('exit 0', '.', options);
  const failure = (script: string) => failureOf(() => run(script, '.', options));
  expect(await failure('exit 75')).toMatchObject({ code: 'EVR_ACTION', retry: 'later' });
  expect(await failure('exit 1')).toMatchObject({ retry: 'later' });
  expect(await failure('exit 2')).toMatchObject({ retry: 'never' });
  expect(await failure('kill -9 $$')).toMatchObject({
    retry: 'later',
    message: 'sh ended with signal SIGKILL',
  });
});

test('the end of what it said on standard error stands in the error', async () => {
  const script = 'yes start | head -100000 >&2; printf "no such\\nuser" >&2; exit 1';
  const { message } = await failureOf(() => run(script, '.'));
  expect(message).toMatch(/^sh ended with exit code 1\. It said: .*start no such user$/);
  expect(message.length).toBeLessThan(2200);
});

test('a program that does not read its input is no failure', async () => {
  await run('exec 0<&-; exit 0', '.', {}, eventOf({ data: 'x'.repeat(1_000_000) }));
});

test('endless output is thrown away beyond max_output_bytes and does not hang the program', async () => {
  await run('yes | head -c 30000000; yes | head -c 30000000 >&2', '.', { max_output_bytes: 1000 });
});

// Guard: killing only the program, not its group, leaves the grandchild alive (and this test waiting).
test('an attempt that is given up ends the program and whatever it started', async () => {
  await using dir = await folder();
  const pidFile = join(dir.path, 'pid');
  const controller = new AbortController();
  const reason = new EvrunError('EVR_TIMEOUT', 'too slow', { retry: 'later' });
  const command = [
    'sh',
    '-c',
    'trap "" TERM; (trap "" TERM; sleep 1000) & echo $! > $0/pid.new; mv $0/pid.new $0/pid; wait; sleep 1000',
  ];
  const action = await actionOf(definition, { command: [...command, dir.path] });
  const failure = failureOf(() => action.act?.(given, attempt(1, controller.signal)));
  await eventually(() => existsSync(pidFile));
  const pid = Number(await readFile(pidFile, 'utf8'));
  controller.abort(reason);
  expect(await failure).toBe(reason);
  await eventually(() => isGone(pid));
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie that its new parent has not collected yet has ended, too.
    return !existsSync(`/proc/${pid}/exe`);
  } catch {
    return true;
  }
}

test('closing ends programs that still run', async () => {
  await using dir = await folder();
  const action = await actionOf(definition, { command: ['sh', '-c', 'touch $0/up; sleep 1000', dir.path] });
  const failure = failureOf(() => action.act?.(given, attempt()));
  await eventually(() => existsSync(join(dir.path, 'up')));
  await action.close();
  expect((await failure).message).toMatch(/SIGTERM/);
});

test('a program that leaves a daemon behind which holds its output does not keep the event waiting', async () => {
  await using dir = await folder();
  await run('sleep 1000 & echo $! > $0/pid', dir.path);
  process.kill(Number(await readFile(join(dir.path, 'pid'), 'utf8')));
});

/** The action, although the check refuses its config: what it needs was there when the recipe was checked. */
function unchecked(config: object, changes: Partial<PartContext> = {}): Action {
  const { value } = compileSchema(definition.schema)(config);
  return definition.create(value as never, context(changes)) as Action;
}

test('a program or folder that does not exist is a recipe error at the start', async () => {
  await using dir = await folder();
  const opening = async (...command: string[]) => unchecked({ command }).open?.();
  const missing = await failureOf(() => opening('no-such-program-here'));
  expect(missing).toMatchObject({ code: 'EVR_RECIPE', fatal: true });
  expect(missing.message).toMatch(/"no-such-program-here" was not found in PATH/);
  const plain = join(dir.path, 'plain');
  await writeFile(plain, '#!/bin/sh\n');
  expect((await failureOf(() => opening(plain))).message).toMatch(/is no executable file/);
  await chmod(plain, 0o755);
  await opening(plain);
  const nowhere = unchecked({ command: ['true'], cwd: join(dir.path, 'none') });
  expect((await failureOf(() => nowhere.open?.())).message).toMatch(/the folder ".*none" does not exist/);
  expect(findProgram('sh', { PATH: `relative::/bin` }, '.')).toBe('/bin/sh');
});

test('one that vanishes later, or an argument with a NUL, fails for good with a sentence', async () => {
  const vanished = unchecked({ command: ['/no/such/program'] });
  const error = await failureOf(() => vanished.act?.(given, attempt()));
  expect(error).toMatchObject({ code: 'EVR_ACTION', retry: 'never' });
  expect(error.message).toMatch(/cannot run \/no\/such\/program: .*does not exist/);
  const homeless = unchecked({ command: ['true'], cwd: '/no/such/folder' });
  expect((await failureOf(() => homeless.act?.(given, attempt()))).message).toBe(
    'cannot run true: the folder /no/such/folder that it should run in does not exist',
  );
  const action = await actionOf(definition, { command: ['true', '${{ event.data }}'] });
  expect(await failureOf(() => action.act?.(eventOf({ data: 'a\0b' }), attempt()))).toMatchObject({
    retry: 'never',
  });
});

test('an event cannot choose the program, and a worker’s arguments cannot depend on one', () => {
  expect(problems(definition, { command: ['${{ event.data.program }}'] })).toMatch(
    /must not choose what is run/,
  );
  expect(problems(definition, { command: ['cat', '${{ event.id }}'], mode: 'worker' })).toMatch(
    /started once/,
  );
  expect(problems(definition, { command: ['cat', '${{ event.id }}'] })).toBe('');
});

// Guard: without it `check` says ok, and the run ends at its start, or makes a dead letter of every event.
test('the check sees that the program or its folder is missing, a dry run only mentions it', async () => {
  await using dir = await folder();
  const found = (config: object, dryRun = false) =>
    definition.check?.(compileSchema(definition.schema)(config).value as never, { recipeDir: '.', dryRun });
  expect(found({ command: ['no-such-program-here'] })).toMatchObject([
    { path: ['command', 0], fix: expect.stringMatching(/Install/) },
  ]);
  expect(found({ command: ['true'], cwd: join(dir.path, 'none') })).toMatchObject([{ path: ['cwd'] }]);
  await writeFile(join(dir.path, 'file'), '');
  expect(found({ command: ['true'], cwd: join(dir.path, 'file') })).toMatchObject([
    { message: expect.stringMatching(/is no folder/) },
  ]);
  expect(found({ command: ['true'], cwd: dir.path })).toEqual([]);
  expect(found({ command: ['./own'], env: { PATH: dir.path }, mode: 'worker' })).toHaveLength(1);
  await writeFile(join(dir.path, 'own'), '', { mode: 0o755 });
  expect(found({ command: ['own'], env: { PATH: dir.path } })).toEqual([]);
  expect(found({ command: ['no-such-program-here'] }, true)).toMatchObject([{ severity: 'warning' }]);
  await unchecked({ command: ['no-such-program-here'] }, { dryRun: true }).open?.();
});
