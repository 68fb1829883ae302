import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../../src/contract/envelope.ts';
import { decodeRecord } from '../../../src/formats/flyte/decode.ts';
import { decode, externalTransports, type Sent, transports } from '../../formats/flyte/records.ts';
import { eventOf } from '../../support/events.ts';
import { make, newWorld, TestPassage } from '../making.ts';

const kafka = transports['Kafka, binary mode'] as readonly Sent[];
const sent = (name: string) => decode(kafka.find((one) => one.name === name) as Sent);

/** An event of workflow execution `x`. */
function workflow(phase: string | number, occurredAt = '2026-11-20T12:00:00Z'): Envelope {
  const executionId = { project: 'p', domain: 'd', name: 'x' };
  return decodeRecord({
    value: JSON.stringify({ event: { executionId, phase, occurredAt } }),
    headers: {
      ce_specversion: '1.0',
      ce_id: '1',
      ce_source: '/s',
      ce_type: 'com.flyte.resource.flyteidl.admin.WorkflowExecutionEventRequest',
    },
    meta: {},
  }) as Envelope;
}

async function stepWith(config: object = {}, world = newWorld()) {
  const step = await make('flyte_dedupe', config, world);
  /** Whether the event passes, and then ends so. */
  const passes = async (event: Envelope, ending: 'acted' | 'dropped' | 'dead' = 'acted') => {
    const passage = new TestPassage();
    const passed = (await step.transform(event, passage)) !== null;
    passage.end(ending);
    return passed;
  };
  return { step, passes };
}

describe('flyte_dedupe', () => {
  it('passes each event that Flyte sent once and drops each when it comes again', async () => {
    const { passes } = await stepWith();
    // Two runs of a task, and two versions of a phase, have one id. Two of the vectors say the same SUCCEEDED.
    for (const one of kafka) expect(await passes(decode(one))).toBe(one.name !== 'wf-output-data');
    for (const one of kafka) expect(await passes(decode(one))).toBe(false);
  });

  it('knows an event again that came by another feed or transport', async () => {
    const { passes } = await stepWith();
    for (const one of kafka) await passes(decode(one));
    const others = { ...transports, ...externalTransports };
    for (const one of Object.values(others).flat()) expect(await passes(decode(one))).toBe(false);
  });

  it('tells the same task in another execution, attempt or version of its phase apart', async () => {
    const { passes } = await stepWith();
    for (const name of ['task-running-v0', 'task-running-v1', 'task-running-other-execution'])
      expect(await passes(sent(name))).toBe(true);
  });

  it('passes a workflow that is queued again later, and only then', async () => {
    const { passes } = await stepWith();
    expect(await passes(workflow('QUEUED'))).toBe(true);
    expect(await passes(workflow('QUEUED'))).toBe(false);
    expect(await passes(workflow('QUEUED', '2026-11-20T12:00:01Z'))).toBe(true);
    expect(await passes(workflow('RUNNING'))).toBe(true);
    expect(await passes(workflow('RUNNING', '2026-11-20T12:00:01Z'))).toBe(false);
  });

  it('passes what is not of Flyte, or names no execution, as often as it comes', async () => {
    const { passes } = await stepWith({ order: 'phase' });
    const other = eventOf({ data: { n: 1 } }) as Envelope;
    for (let n = 0; n < 2; n += 1) expect(await passes(other)).toBe(true);
    const nameless = workflow('RUNNING');
    const flyte = { system: 'flyte', entity: 'workflow', phase: 'RUNNING' };
    nameless.meta = { flyte };
    for (let n = 0; n < 2; n += 1) expect(await passes(nameless)).toBe(true);
  });

  it('lets a repeat of a dead letter pass', async () => {
    const { passes } = await stepWith();
    expect(await passes(workflow('FAILED'), 'dead')).toBe(true);
    expect(await passes(workflow('FAILED'))).toBe(true);
    expect(await passes(workflow('FAILED'))).toBe(false);
  });

  it('remembers over a restart, for the time of its window', async () => {
    const world = newWorld();
    const { step, passes } = await stepWith({ window: '1h' }, world);
    await passes(workflow('RUNNING'));
    await step.flush?.();
    const again = await stepWith({ window: '1h' }, world);
    expect(await again.passes(workflow('RUNNING'))).toBe(false);
    await world.clock.forward(3_600_000);
    expect(await again.passes(workflow('RUNNING'))).toBe(true);
  });
});

describe('flyte_dedupe with order: phase', () => {
  it('drops what comes after a later phase was done, and nothing of another entity', async () => {
    const { passes } = await stepWith({ order: 'phase' });
    expect(await passes(workflow('QUEUED'))).toBe(true);
    expect(await passes(workflow('FAILED'))).toBe(true);
    expect(await passes(workflow('FAILING'))).toBe(false);
    expect(await passes(workflow('RUNNING'))).toBe(false);
    expect(await passes(sent('wf-running'))).toBe(true);
    expect(await passes(sent('task-succeeded'))).toBe(true);
    expect(await passes(sent('task-running-v0'))).toBe(true);
  });

  it('passes late events without it', async () => {
    const { passes } = await stepWith();
    expect(await passes(workflow('FAILED'))).toBe(true);
    expect(await passes(workflow('RUNNING'))).toBe(true);
  });

  it('does not count a later phase that is a dead letter or still in work', async () => {
    // Guard: remembered at once, an event that fails would take the earlier ones with it.
    const { step, passes } = await stepWith({ order: 'phase' });
    expect(await passes(workflow('FAILED'), 'dead')).toBe(true);
    expect(await passes(workflow('QUEUED'))).toBe(true);
    const inWork = new TestPassage();
    expect(await step.transform(workflow('FAILED'), inWork)).not.toBeNull();
    expect(await passes(workflow('RUNNING'))).toBe(true);
    inWork.end('acted');
    expect(await passes(workflow('SUCCEEDING'))).toBe(false);
  });

  it('lets a phase pass that it cannot place', async () => {
    const { passes } = await stepWith({ order: 'phase' });
    expect(await passes(workflow('SUCCEEDED'))).toBe(true);
    expect(await passes(workflow(77))).toBe(true);
    expect(await passes(workflow('PAUSED'))).toBe(true);
  });

  it('remembers over a restart', async () => {
    const world = newWorld();
    const { step, passes } = await stepWith({ order: 'phase' }, world);
    await passes(workflow('SUCCEEDED'));
    await step.flush?.();
    const again = await stepWith({ order: 'phase' }, world);
    expect(await again.passes(workflow('RUNNING'))).toBe(false);
  });
});
