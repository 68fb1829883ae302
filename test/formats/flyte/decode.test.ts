import { describe, expect, it } from 'vitest';
import { Envelope, withChanges } from '../../../src/contract/envelope.ts';
import { DecodeError } from '../../../src/contract/errors.ts';
import type { Event } from '../../../src/contract/event.ts';
import { decodeRecord } from '../../../src/formats/flyte/decode.ts';
import { envelopeJson } from '../../../src/support/events/envelope-json.ts';
import { deliveryOf } from '../../engine/kit.ts';
import { decode, externalTransports, type Sent, shown, transports } from './records.ts';

const kafka = transports['Kafka, binary mode'] as readonly Sent[];
const flyteOf = (event: Event) => event.meta['flyte'] as Record<string, unknown>;
const named = (name: string) => decode(kafka.find((sent) => sent.name === name) as Sent);
const headers = (type: string, more = {}) => ({
  ce_specversion: '1.0',
  ce_id: '1',
  ce_source: '/s',
  ce_type: `com.flyte.resource.${type}`,
  ...more,
});
const withData = (type: string, data: unknown, more = {}) =>
  decode({ name: '', record: { value: JSON.stringify(data), headers: headers(type, more), meta: {} } });

describe('what the publisher of Flyte sends', () => {
  it.each(kafka)('$name has the attributes of its headers and the data of its value', ({ record }) => {
    const event = decode({ name: '', record });
    const given = (name: string) => record.headers?.[name]?.toString();
    expect(shown(event)).toMatchObject({
      id: given('ce_id'),
      source: given('ce_source'),
      type: given('ce_type'),
      time: given('ce_time'),
      datacontenttype: 'application/json',
      extensions: { jsonschemaurl: given('ce_jsonschemaurl') },
      data: JSON.parse(record.value.toString()),
    });
    expect(event.dataText).toBe(record.value.toString());
  });

  for (const [transport, all] of Object.entries(transports)) {
    it(`is the same over ${transport}`, () => {
      expect(all).toHaveLength(17);
      all.forEach((sent, i) => {
        const [event, reference] = [decode(sent), decode(kafka[i] as Sent)];
        expect(shown(event)).toEqual(shown(reference));
        expect(event.dataText).toBe(reference.dataText);
        expect(flyteOf(event)).toEqual(flyteOf(reference));
      });
    });
  }

  for (const [transport, all] of Object.entries(externalTransports)) {
    it(`is the same from the external feed over ${transport}, but for its id`, () => {
      expect(all).toHaveLength(17);
      all.forEach((sent, i) => {
        const [event, reference] = [decode(sent), decode(kafka[i] as Sent)];
        const { id, extensions: _, ...others } = shown(reference);
        expect(shown(event)).toMatchObject(others);
        expect(event.id).not.toBe(id);
        // Also the order of its members is Flyte's.
        expect(JSON.stringify(event.data)).toBe(JSON.stringify(reference.data));
        expect(flyteOf(event)).toEqual({ ...flyteOf(reference), feed: 'external' });
      });
      expect(new Set(all.map((sent) => decode(sent).id)).size).toBe(all.length - 1);
    });
  }
});

describe('meta.flyte', () => {
  it('says the same of every kind of event', () => {
    expect(flyteOf(named('wf-failed-org'))).toEqual({
      system: 'flyte',
      feed: 'v1',
      entity: 'workflow',
      project: 'flytesnacks',
      domain: 'development',
      org: 'acme',
      execution: 'f5a1b2c4',
      retryAttempt: 0,
      phase: 'FAILED',
      phaseVersion: 0,
      terminal: true,
      occurredAt: '2026-11-20T12:34:56.000123Z',
      producerId: 'propeller',
      error: {
        code: 'USER:Boom',
        message: 'Traceback:\n  <boom> & "quoted" €😀',
        kind: 'USER',
        errorUri: 's3://b/e.pb',
      },
    });
    expect(flyteOf(named('node-succeeded'))).toMatchObject({
      entity: 'node',
      execution: 'f5a1b2c3',
      nodeId: 'n0',
      retryGroup: '0',
      terminal: true,
      outputUri: 's3://b/out.pb',
      reportedAt: '2026-11-20T12:34:56.002Z',
    });
    expect(flyteOf(named('task-retryable-failed'))).toMatchObject({
      entity: 'task',
      nodeId: 'n0',
      task: { project: 'flytesnacks', domain: 'development', name: 'core.hello.say', version: 'v1' },
      retryAttempt: 1,
      phase: 'RETRYABLE_FAILED',
      terminal: false,
      error: { code: 'OOMKilled', message: 'oom', kind: 'SYSTEM' },
    });
  });

  it('fills in zeros, keeps an unknown phase as its number, and every digit of a time', () => {
    expect(flyteOf(named('wf-zero-values'))).toMatchObject({
      phase: 'UNDEFINED',
      occurredAt: '1970-01-01T00:00:00Z',
      terminal: false,
    });
    expect(flyteOf(named('wf-unknown-phase-77'))['phase']).toBe(77);
    expect(named('wf-succeeded').time).toBe('2026-11-20T12:34:56.123456789Z');
  });

  it('stands beside what the delivery says, and survives changes', () => {
    const event = named('wf-queued');
    event.origin = { ...deliveryOf({ value: 'x' }, 'p', 0), meta: { kafka: { topic: 't' } } };
    expect(event.meta).toMatchObject({ kafka: { topic: 't' }, flyte: { phase: 'QUEUED' } });
    const changed = withChanges(event, { data: { mine: 1 }, type: 'T' });
    expect(changed.meta).toEqual(event.meta);
    expect(JSON.parse(envelopeJson(changed))).toMatchObject({ event: { mine: 1 }, meta: event.meta });
    expect(withChanges(event, { subject: 's' }) instanceof Envelope).toBe(true);
    expect(withChanges(event, { meta: { own: 1 } }).meta).toEqual({ own: 1 });
    expect(event.data).toMatchObject({ event: { phase: 'QUEUED' } });
  });

  it('says where SNS or Pub/Sub had it from', () => {
    const [sns] = transports['SNS, wrapped'] as [Sent];
    expect(decode(sns).meta['sns']).toEqual({
      topicArn: 'arn:aws:sns:us-east-1:000000000000:flyte-v1',
      messageId: '5df172a9-567f-47d1-8046-3aa2d867cd19',
      subject: 'flyteidl.admin.WorkflowExecutionEventRequest',
      timestamp: '2026-11-21T06:00:23.009Z',
    });
    const [pushed] = transports['Pub/Sub, pushed'] as [Sent];
    expect(decode(pushed).meta['pubsub']).toMatchObject({
      messageId: '1',
      subscription: 'projects/p/subscriptions/s',
    });
  });

  it('reads the spelling of before 2022: snake_case, numbers for enums, times in parts, oneofs in capitals', () => {
    const event = withData('flyteidl.admin.TaskExecutionEventRequest', {
      request_id: 'r',
      event: {
        task_id: { resource_type: 1, project: 'p', domain: 'd', name: 'n', version: 'v' },
        parent_node_execution_id: {
          node_id: 'n0',
          execution_id: { project: 'p', domain: 'd', name: 'exec' },
        },
        retry_attempt: 2,
        phase: 5,
        phase_version: 3,
        occurred_at: { seconds: 1522949460, nanos: 500000000 },
        OutputResult: { Error: { code: 'c', message: 'm', error_uri: 's3://e', kind: 2 } },
        InputValue: { InputUri: 's3://in' },
      },
    });
    expect(event.key).toBe('p:d:exec');
    expect(flyteOf(event)).toMatchObject({
      execution: 'exec',
      nodeId: 'n0',
      task: { name: 'n', version: 'v' },
      retryAttempt: 2,
      phase: 'FAILED',
      phaseVersion: 3,
      terminal: true,
      occurredAt: '2018-04-05T17:31:00.5Z',
      error: { code: 'c', message: 'm', errorUri: 's3://e', kind: 'SYSTEM' },
      inputUri: 's3://in',
    });
  });

  it('reads feed v2 with what it adds', () => {
    const id = { project: 'p', domain: 'd', name: 'x', org: 'acme' };
    const launchPlanId = { resourceType: 'LAUNCH_PLAN', project: 'p', domain: 'd', name: 'lp', version: '1' };
    const event = withData(
      'cloudevents.WorkflowExecution',
      {
        rawEvent: { executionId: id, phase: 'SUCCEEDED' },
        principal: 'zoë',
        launchPlanId,
        labels: { team: 'a' },
      },
      { ce_jsonschemaurl: '' },
    );
    expect(event.extensions).toBeUndefined();
    expect(event.key).toBe('acme:p:d:x');
    expect(flyteOf(event)).toMatchObject({
      feed: 'v2',
      entity: 'workflow',
      phase: 'SUCCEEDED',
      principal: 'zoë',
      labels: { team: 'a' },
      launchPlan: { name: 'lp', version: '1' },
    });
    const start = withData('cloudevents.ExecutionStart', { executionId: id, launchPlanId });
    expect(start.key).toBe('acme:p:d:x');
    expect(flyteOf(start)).toMatchObject({ entity: 'start', execution: 'x', launchPlan: { name: 'lp' } });
  });

  it('keeps what this version does not know: types, fields, digits', () => {
    const text =
      '{"event":{"executionId":{"name":"x"},"phase":"NEW_ONE","big":9007199254740993,"new":{"a":1.0}}}';
    const record = { value: text, headers: headers('flyteidl.admin.ArtifactEventRequest'), meta: {} };
    const event = decode({ name: '', record });
    expect(event.dataText).toBe(text);
    expect(flyteOf(event)).toMatchObject({ feed: 'v1', phase: 'NEW_ONE', terminal: false });
    expect(flyteOf(event)).not.toHaveProperty('entity');
  });

  it('takes nothing of a wrong type for what it should be', () => {
    const event = withData('flyteidl.admin.NodeExecutionEventRequest', {
      event: { id: [], phase: {}, error: 'x', retryGroup: 7, occurredAt: { seconds: 'x', nanos: -1 } },
    });
    expect(event.key).toBeUndefined();
    expect(flyteOf(event)).toMatchObject({ phase: 'UNDEFINED', retryAttempt: 0 });
    expect(flyteOf(event)).not.toHaveProperty('error');
  });
});

describe('a message of SNS', () => {
  const [{ record }] = transports['SNS, raw delivery'] as [Sent];
  const Message = record.value as string;
  const of = (members: object) => decodeRecord({ value: JSON.stringify(members), meta: {} });

  it('is the one at the top, whatever stands inside other members', () => {
    // Guard: without the look for `{` in snsMessage the inner one is taken.
    const inner = { MessageAttributes: { Message: 'x' }, Subject: '"Message":"y"' };
    expect(of({ Type: 'Notification', ...inner, Message })).toHaveProperty('time', '2026-11-20T12:34:56Z');
    const nested = { Type: 'Notification', MessageAttributes: { Message }, Message: 'x' };
    expect(() => of(nested)).toThrow(/neither base64 nor JSON/);
  });

  it('about SNS itself is ignored', () => {
    expect(of({ Type: 'SubscriptionConfirmation', Message: 'confirm', SubscribeURL: 'u' })).toEqual({
      ignored: 'SNS SubscriptionConfirmation',
    });
  });

  it('that is a CloudEvent in JSON is read, too', () => {
    const [{ record: nats }] = transports['NATS, JSON'] as [Sent];
    expect(of({ Type: 'Notification', Message: nats.value })).toHaveProperty('time', '2026-11-20T12:34:56Z');
  });
});

describe('an envelope in protobuf', () => {
  const [{ record }] = transports['SNS, raw delivery as bytes'] as [Sent];
  const envelope = Buffer.from(record.value.toString(), 'base64');
  const field = (tag: number, content: Buffer | string) =>
    Buffer.concat([Buffer.from([tag, Buffer.byteLength(content)]), Buffer.from(content)]);
  /** An entry of the map of attributes; a value's tag: 0x1a text, 0x3a time. */
  const attribute = (name: string, tag: number, value: Buffer | string) =>
    field(0x2a, Buffer.concat([field(0x0a, name), field(0x12, field(tag, value))]));
  const read = (...more: Buffer[]) =>
    decode({ name: '', record: { value: Buffer.concat([envelope, ...more]), meta: {} } });

  it('with an attribute more than the one before leaves that one as it was', () => {
    const before = read();
    const { extensions } = before;
    const event = read(attribute('team', 0x1a, 'a'), attribute('unit', 0x1a, 'b'));
    expect(event.extensions).toEqual({ ...extensions, team: 'a', unit: 'b' });
    expect(before.extensions).toEqual({ jsonschemaurl: extensions?.['jsonschemaurl'] });
    expect(read().extensions).toEqual(before.extensions);
  });

  it.each<[string, Buffer[], RegExp]>([
    ['a time in words', [attribute('time', 0x1a, 'now')], /"time" must be an RFC 3339 time/],
    ['a string that is not UTF-8', [field(0x0a, Buffer.of(0xc3, 0x28))], /a string is not UTF-8/],
    ['data that is damaged', [field(0x32, '{"event":{"phase":"X"}')], /not JSON: it ends too early/],
    ['data that is a list', [field(0x32, '[]')], /must be a JSON object/],
    ['another version', [field(0x1a, '0.3')], /spec_version is not "1.0"/],
    ['a field that is longer than the rest', [Buffer.of(0x32, 0x50, 0x7b)], /it is torn/],
  ])('with %s is refused where it is decoded', (_, more, message) => {
    expect(() => read(...more)).toThrow(DecodeError);
    expect(() => read(...more)).toThrow(message);
  });

  it('is not read from base64 with anything else in it', () => {
    const text = envelope.toString('base64');
    for (const torn of [
      `${text.slice(0, 40)}****${text.slice(40)}`,
      `${text.slice(0, 40)}\n   ${text.slice(40)}`,
    ]) {
      expect(() => decode({ name: '', record: { value: torn, meta: {} } })).toThrow(
        /neither base64 nor JSON/,
      );
    }
  });

  it('has data with blanks and with any depth', () => {
    const text = `{ "event": {"a":${'['.repeat(40)}${']'.repeat(40)}} }`;
    expect(read(field(0x32, text)).data).toEqual(JSON.parse(text));
    expect(read(field(0x32, text)).dataText).toBe(text);
  });

  it('has texts beyond ASCII, also in its data', () => {
    const event = read(field(0x0a, 'é€😀'), field(0x32, '{"event":{"a":"é€😀"}}'));
    expect([event.id, event.data]).toEqual(['é€😀', { event: { a: 'é€😀' } }]);
  });
});

describe('what cannot be decoded', () => {
  it.each<[string, string | Uint8Array, RegExp]>([
    ['nothing', '', /neither base64 nor JSON/],
    ['a list', '[]', /neither a CloudEvent 1.0 nor a message/],
    ['base64 of something else', 'aGVsbG8gd29ybGQh', /no CloudEvent of Flyte \(.*set the option message/],
    ['base64 with a blank in it', 'aGVs bG8h', /neither base64 nor JSON/],
    ['bytes', Uint8Array.of(0, 1, 2), /neither base64 nor JSON/],
    ['bytes like protobuf', Uint8Array.of(0x12, 1, 2), /is no CloudEvent of Flyte \(its spec_version/],
    ['bytes that are no text', Uint8Array.of(0x7b, 0xff), /not UTF-8/],
  ])('%s is said to be none', (_, value, message) => {
    expect(() => decodeRecord({ value, meta: {} })).toThrow(DecodeError);
    expect(() => decodeRecord({ value, meta: {} })).toThrow(message);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['another specversion', { ce_specversion: '0.3' }, /"specversion" must be "1.0", got "0.3"/],
    ['no id', { ce_id: '' }, /"id" must be a non-empty string/],
    ['another type', { ce_type: 'com.example' }, /not Flyte's: its type is "com.example"/],
    ['another content type', { 'content-type': 'text/plain' }, /"datacontenttype" must be JSON/],
    ['a time in words', { ce_time: 'now' }, /"time" must be an RFC 3339 time/],
    ['a control character', { ce_id: 'a\u0001' }, /"id" must not hold control characters/],
    ['a name that is none', { ['ce___proto__']: 'x' }, /must have a name of lower-case/],
  ])('%s is named', (_, change, message) => {
    expect(() => withData('flyteidl.admin.WorkflowExecutionEventRequest', { event: {} }, change)).toThrow(
      message,
    );
  });

  it('is data that is no JSON object', () => {
    expect(() => withData('cloudevents.ExecutionStart', [1])).toThrow(/must be a JSON object/);
  });

  it('is not a bare message that begins like JSON: a line feed and a brace are a request id of 123 characters', () => {
    const [bare] = externalTransports['Pub/Sub, pulled'] as [Sent];
    const value = Buffer.concat([
      Buffer.from([0x0a, 0x7b]),
      Buffer.alloc(123, '{'),
      bare.record.value as Buffer,
    ]);
    const event = decode({ name: '', record: { ...bare.record, value } });
    expect(event.data).toMatchObject({ requestId: '{'.repeat(123), event: { phase: 'QUEUED' } });
  });

  it('is a bare message under another name', () => {
    // Guard: without the check of the execution, a node is taken for a workflow in a strange project.
    const [transport] = Object.values(externalTransports) as [readonly Sent[]];
    for (const sent of transport) {
      for (const entity of ['Workflow', 'Node', 'Task'] as const) {
        const message = `flyteidl.admin.${entity}ExecutionEventRequest` as const;
        if (message === sent.message) continue;
        expect(() => decode({ ...sent, message })).toThrow(DecodeError);
      }
    }
  });
});
