// What a consumer does with protobufjs to have the same event: the wrapping and the data by JSON.parse, the envelope by
// a reader that protobufjs makes of the message's definition, the attributes by name, the time with its nanoseconds.
import protobuf from 'protobufjs/light.js';
import { timeDecoding } from '../flyte-bodies.mjs';

const string = (id) => ({ type: 'string', id });
const { nested } = {
  nested: {
    CloudEvent: {
      oneofs: { data: { oneof: ['binaryData', 'textData', 'protoData'] } },
      fields: {
        id: string(1),
        source: string(2),
        specVersion: string(3),
        type: string(4),
        attributes: { keyType: 'string', type: 'Value', id: 5 },
        binaryData: { type: 'bytes', id: 6 },
        textData: string(7),
        protoData: { type: 'Any', id: 8 },
      },
    },
    Value: {
      oneofs: {
        attr: { oneof: ['ceBoolean', 'ceInteger', 'ceString', 'ceBytes', 'ceUri', 'ceUriRef', 'ceTime'] },
      },
      fields: {
        ceBoolean: { type: 'bool', id: 1 },
        ceInteger: { type: 'int32', id: 2 },
        ceString: string(3),
        ceBytes: { type: 'bytes', id: 4 },
        ceUri: string(5),
        ceUriRef: string(6),
        ceTime: { type: 'Timestamp', id: 7 },
      },
    },
    Timestamp: { fields: { seconds: { type: 'int64', id: 1 }, nanos: { type: 'int32', id: 2 } } },
    Any: { fields: { typeUrl: string(1), value: { type: 'bytes', id: 2 } } },
  },
};
const CloudEvent = protobuf.Root.fromJSON({ nested }).lookupType('CloudEvent');
const options = { longs: Number, oneofs: true };

function decode(body, read) {
  const { Message } = JSON.parse(body);
  const envelope = CloudEvent.toObject(CloudEvent.decode(Buffer.from(Message, 'base64')), options);
  const { id, source, type } = envelope;
  const event = { id, source, type, data: read(envelope.binaryData.toString()) };
  for (const [name, value] of Object.entries(envelope.attributes)) {
    const given = value[value.attr];
    event[name] = value.attr === 'ceTime' ? timeText(given) : given;
  }
  return event;
}

const event = (body) => decode(body, JSON.parse);
timeDecoding({ event, data: event });

function timeText({ seconds = 0, nanos = 0 }) {
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  return nanos === 0 ? `${whole}Z` : `${whole}.${String(nanos).padStart(9, '0').replace(/0+$/, '')}Z`;
}
