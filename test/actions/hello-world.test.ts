import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import definition from '../../src/actions/hello_world/index.ts';
import { folder } from '../support/disk.ts';
import { eventOf } from '../support/events.ts';
import { type Bundle, bundle } from './bundle.ts';
import { actionOf, problems } from './kit.ts';

let child: Bundle;

beforeAll(async () => {
  child = await bundle(new URL('print-child.ts', import.meta.url));
});

afterAll(() => child.remove());

/** `then` follows the command: `| head -1`. */
const print = (config: object, count: number, data: unknown = {}, then = '') =>
  child.shell(`run hello_world '${JSON.stringify(config)}' ${count} '${JSON.stringify(data)}' ${then}`);

test('an event is printed as DataHub Actions prints it: indented by 4, ASCII only', async () => {
  const { out } = await print({}, 1, { name: 'é😀\u007f', none: {}, list: [1, []], 'a"b': 'x\ny' });
  expect(out).toBe(`Hello world! Received event:
{
    "event_type": "T",
    "event": {
        "name": "\\u00e9\\ud83d\\ude00\\u007f",
        "none": {},
        "list": [
            1,
            []
        ],
        "a\\"b": "x\\ny"
    },
    "meta": {}
}
`);
});

test('to_upper prints the event, not the greeting, in upper case', async () => {
  const { out } = await print({ to_upper: true }, 1, { a: 'é' });
  expect(out).toMatch(/^Hello world! Received event:\n\{\n {4}"EVENT_TYPE": "T",/);
  expect(out).toContain('"A": "\\U00E9"');
});

test('unknown options are kept, as DataHub ignores them; a to_upper that is no boolean is refused', () => {
  expect(problems(definition, { something: 'else' })).toBe('');
  expect(problems(definition, { to_upper: 'not' })).not.toBe('');
});

test('a reader that goes away stops it, and no more counts as done than what a pipe can hold', async () => {
  const { out, err } = await print({}, 1_000_000, { fill: 'x'.repeat(200) }, '| head -1');
  expect(out).toBe('Hello world! Received event:\n');
  const { acted, failed } = JSON.parse(err) as { acted: number; failed: string };
  expect(failed).toBe('EVR_OUTPUT_CLOSED fatal=true whoever read standard output has closed it');
  expect(acted * 300).toBeLessThan(2 * 1024 * 1024);
});

test('a full device is a fatal error', async () => {
  const { err } = await print({}, 5, {}, '> /dev/full');
  expect(err).toMatch(/"acted":0/);
  expect(err).toMatch(/EVR_OUTPUT fatal=true cannot write to standard output: no space is left/);
});

test('redirected into a file, everything that counts as done stands in it', async () => {
  await using dir = await folder();
  const path = join(dir.path, 'out');
  const { err } = await print({}, 1000, {}, `> ${path}`);
  expect(JSON.parse(err)).toEqual({ acted: 1000, failed: '' });
  expect((await readFile(path, 'utf8')).match(/Hello world/g)).toHaveLength(1000);
});

test('the preview is what would be printed', async () => {
  const action = await actionOf(definition, {});
  expect(action.preview?.(eventOf({ data: null }))).toMatch(/^Hello world! Received event:\n\{[\s\S]*\}$/);
});
