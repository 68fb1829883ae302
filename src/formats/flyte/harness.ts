import type { FormatHarness } from '../../contract/harness.ts';

/** As Flyte's own publisher puts it on SNS: the protobuf of a CloudEvent, in base64. */
const ENVELOPE =
  'CkBwcm9qZWN0OiJmbHl0ZXNuYWNrcyIgZG9tYWluOiJkZXZlbG9wbWVudCIgbmFtZToiZjVhMSIuU1VDQ0VFREVEEixodHRwczovL2dpdGh1Yi5jb20vZmx5dGVvcmcvZmx5dGUvZmx5dGVhZG1pbhoDMS4wIj9jb20uZmx5dGUucmVzb3VyY2UuZmx5dGVpZGwuYWRtaW4uV29ya2Zsb3dFeGVjdXRpb25FdmVudFJlcXVlc3QqJQoPZGF0YWNvbnRlbnR0eXBlEhIaEGFwcGxpY2F0aW9uL2pzb24qFgoEdGltZRIOOgwI1LqZ1gUQgMq17gEqaAoNanNvbnNjaGVtYXVybBJXGlVodHRwczovL2dpdGh1Yi5jb20vZmx5dGVvcmcvZmx5dGVpZGwvYmxvYi92MC4yNC4xNC9qc29uc2NoZW1hL3dvcmtmbG93X2V4ZWN1dGlvbi5qc29uMtsBeyJyZXF1ZXN0SWQiOiJyZXEtMSIsImV2ZW50Ijp7ImV4ZWN1dGlvbklkIjp7InByb2plY3QiOiJmbHl0ZXNuYWNrcyIsImRvbWFpbiI6ImRldmVsb3BtZW50IiwibmFtZSI6ImY1YTEifSwicHJvZHVjZXJJZCI6InByb3BlbGxlciIsInBoYXNlIjoiU1VDQ0VFREVEIiwib2NjdXJyZWRBdCI6IjIwMTgtMDQtMDVUMTc6MzE6MDAuNTAwWiIsIm91dHB1dFVyaSI6InMzOi8vYi9vLnBiIn19';
const WRAPPED_V2 =
  'Cidwcm9qZWN0OiJwIiBkb21haW46ImQiIG5hbWU6Im4iLlJVTk5JTkcSCm4vZW5kLW5vZGUaAzEuMCIwY29tLmZseXRlLnJlc291cmNlLmNsb3VkZXZlbnRzLldvcmtmbG93RXhlY3V0aW9uKiUKD2RhdGFjb250ZW50dHlwZRISGhBhcHBsaWNhdGlvbi9qc29uKhMKDWpzb25zY2hlbWF1cmwSAhoAKhAKBHRpbWUSCDoGCNS6mdYFMlZ7InJhd0V2ZW50Ijp7ImV4ZWN1dGlvbklkIjp7InByb2plY3QiOiJwIiwiZG9tYWluIjoiZCIsIm5hbWUiOiJuIn0sInBoYXNlIjoiUlVOTklORyJ9fQ==';
const EXTERNAL =
  'CgVyZXEtMRJKCiAKC2ZseXRlc25hY2tzEgtkZXZlbG9wbWVudCIEZjVhMRIJcHJvcGVsbGVyGAQiDAjUupnWBRCAyrXuASoLczM6Ly9iL28ucGI=';
const WORKFLOW = 'flyteidl.admin.WorkflowExecutionEventRequest';
const data = {
  requestId: 'req-1',
  event: {
    executionId: { project: 'flytesnacks', domain: 'development', name: 'f5a1' },
    producerId: 'propeller',
    phase: 'SUCCEEDED',
    occurredAt: '2018-04-05T17:31:00.500Z',
    outputUri: 's3://b/o.pb',
  },
};
const event = {
  source: 'https://github.com/flyteorg/flyte/flyteadmin',
  type: `com.flyte.resource.${WORKFLOW}`,
  time: '2018-04-05T17:31:00.5Z',
  datacontenttype: 'application/json',
  key: 'flytesnacks:development:f5a1',
  data,
};
const ID = 'project:"flytesnacks" domain:"development" name:"f5a1".SUCCEEDED';
const notification = (Message: string) =>
  JSON.stringify({ Type: 'Notification', MessageId: 'm', TopicArn: 'arn:x', Subject: WORKFLOW, Message });

export const harness: FormatHarness = {
  kind: 'format',
  good: [
    { name: 'feed v1 by raw delivery', record: { value: ENVELOPE, meta: {} }, event: { ...event, id: ID } },
    {
      name: 'feed v1 in the JSON of SNS',
      record: { value: notification(ENVELOPE), meta: {} },
      event: { ...event, id: ID },
    },
    {
      name: 'feed v2 as bytes',
      record: { value: Uint8Array.from(Buffer.from(WRAPPED_V2, 'base64')), meta: {} },
      event: {
        type: 'com.flyte.resource.cloudevents.WorkflowExecution',
        source: 'n/end-node',
        key: 'p:d:n',
        data: {
          rawEvent: { executionId: { project: 'p', domain: 'd', name: 'n' }, phase: 'RUNNING' },
        },
      },
    },
    {
      name: 'the external feed',
      record: { value: notification(EXTERNAL), meta: {} },
      event: { ...event, id: 'workflow:flytesnacks:development:f5a1:SUCCEEDED' },
    },
  ],
  ignored: [
    { name: 'a tombstone', record: { value: '', tombstone: true, meta: {} } },
    {
      name: 'what SNS says about itself',
      record: {
        value: JSON.stringify({ Type: 'UnsubscribeConfirmation', MessageId: 'm', Message: 'bye' }),
        meta: {},
      },
    },
  ],
  bad: [
    {
      name: 'a bare message that nothing names',
      record: { value: EXTERNAL, meta: {} },
      message: /set the option message/,
    },
    { name: 'text', record: { value: 'hello', meta: {} }, message: /neither base64 nor JSON/ },
    { name: 'torn JSON', record: { value: '{"Type":"Not', meta: {} }, message: /ends too early/ },
    {
      name: "another producer's CloudEvent",
      record: {
        value: JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type: 'T', data: {} }),
        meta: {},
      },
      message: /is not Flyte's: its type is "T"/,
    },
  ],
};
