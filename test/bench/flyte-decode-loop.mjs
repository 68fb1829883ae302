import { readCloudEvent } from '../../dist/formats/flyte/cloudevent-protobuf.js';
import { decodeRecord } from '../../dist/formats/flyte/decode.js';
import { base64Bytes, snsMessage } from '../../dist/formats/flyte/wrapping.js';
import { timeDecoding } from './flyte-bodies.mjs';

timeDecoding({
  event: (value) => decodeRecord({ value, meta: {} }),
  envelope: (value) => readCloudEvent(base64Bytes(snsMessage(value))).attributes,
});
