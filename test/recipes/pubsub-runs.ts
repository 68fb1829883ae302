import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect } from 'vitest';
import type { Emulator } from '../services/pubsub.ts';
import { evrun, workFolder } from './kit.ts';

/** Every recipe of recipes/ that reads Pub/Sub, and what running it must come to. */
export const pubsubRuns: Record<string, (emulator: Emulator) => Promise<void>> = {
  'pubsub-flyte-kedro.yml': flyteKedro,
};

const SOURCE = 'https://github.com/flyteorg/flyte/flyteadmin';
const TYPE = 'flyteidl.admin.WorkflowExecutionEventRequest';

/** One event of a workflow as flyteadmin puts it into the data of a message: a CloudEvent in protobuf. */
function workflowEvent(name: string, phase: string): Buffer {
  const executionId = { project: 'flytesnacks', domain: 'development', name };
  const data = JSON.stringify({ event: { executionId, phase, occurredAt: '2026-11-20T12:34:56Z' } });
  const fields = [`${name}.${phase}`, SOURCE, '1.0', `com.flyte.resource.${TYPE}`];
  return Buffer.concat([...fields.map((text, i) => field(i + 1, text)), field(6, data)]);
}

/** A length-delimited field of protobuf. */
function field(number: number, text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
}

async function flyteKedro(emulator: Emulator): Promise<void> {
  const cwd = workFolder();
  const name = `flyte-${randomUUID()}`;
  await emulator.create({ topic: name, subscription: name });
  const events = [
    workflowEvent('f1', 'RUNNING'),
    workflowEvent('f1', 'SUCCEEDED'),
    workflowEvent('f2; rm -rf $HOME', 'SUCCEEDED'),
    workflowEvent('f3', 'FAILED'),
  ];
  await emulator.publish(
    name,
    events.map((data) => ({ data, attributes: { key: TYPE } })),
  );
  const ran = join(cwd, 'ran.txt');
  writeFileSync(join(cwd, 'kedro'), `#!/bin/sh\necho "$@" >> "${ran}"\n`);
  chmodSync(join(cwd, 'kedro'), 0o755);
  const env = {
    PATH: `${cwd}${delimiter}${process.env['PATH']}`,
    PUBSUB_EMULATOR_HOST: new URL(emulator.url).host,
    GOOGLE_CLOUD_PROJECT: emulator.project,
    FLYTE_SUBSCRIPTION: name,
  };
  const run = await evrun(['recipes/pubsub-flyte-kedro.yml', '--until-caught-up'], { cwd, env });
  expect(run.code, run.err).toBe(0);
  expect(existsSync(ran) && readFileSync(ran, 'utf8').trimEnd().split('\n').sort()).toEqual([
    'run --pipeline=reporting --params=execution:f1,project:flytesnacks',
    'run --pipeline=reporting --params=execution:f2; rm -rf $HOME,project:flytesnacks',
  ]);
}
