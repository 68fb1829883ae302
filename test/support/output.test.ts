import { PassThrough, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { fileOutput, streamOutput } from '../../src/support/programs/output.ts';
import { failureOf } from '../actions/kit.ts';

const failing = (code: string) => Object.assign(new Error(code), { code });

test('short writes go on with the rest, and EAGAIN is waited out', async () => {
  let got = '';
  let calls = 0;
  const output = fileOutput(9, 'the test', async (_, bytes) => {
    calls += 1;
    if (calls % 2 === 1) throw failing('EAGAIN');
    got += bytes.subarray(0, 2).toString('latin1');
    return Math.min(2, bytes.length);
  });
  await Promise.all([output.write('abc'), output.write('def')]);
  expect(got).toBe('abcdef');
});

test('the first failure is final: nothing is written behind a gap', async () => {
  let calls = 0;
  const output = fileOutput(9, 'the test', async () => {
    calls += 1;
    throw failing('ENOSPC');
  });
  const both = [failureOf(() => output.write('a')), failureOf(() => output.write('b'))];
  for (const failure of await Promise.all(both)) {
    expect(failure).toMatchObject({ code: 'EVR_OUTPUT', fatal: true });
    expect(failure.message).toMatch(/cannot write to the test: no space is left/);
  }
  expect(calls).toBe(1);
});

// Guard: without the listener for 'error' the process ends on it.
test('a stream that breaks fails its writes as a closed output', async () => {
  const stream = new PassThrough();
  const output = streamOutput(stream, 'the test');
  await output.write('a');
  stream.destroy(failing('EPIPE'));
  await failureOf(() => output.write('b'));
  expect(await failureOf(() => output.write('c'))).toMatchObject({ code: 'EVR_OUTPUT_CLOSED', fatal: true });
});

// Guard: resolving whatever the callback says counts a lost line as written.
test('the very write that breaks a stream fails', async () => {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(failing('EPIPE')) });
  const output = streamOutput(stream, 'the test');
  expect(await failureOf(() => output.write('a'))).toMatchObject({ code: 'EVR_OUTPUT_CLOSED', fatal: true });
});
