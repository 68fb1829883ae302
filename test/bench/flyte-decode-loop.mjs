import { decodeRecord } from '../../dist/formats/flyte/decode.js';
import { timeDecoding } from './flyte-bodies.mjs';

const event = (value) => decodeRecord({ value, meta: {} });

/** `where`: as far as a condition on `event.meta.flyte` asks. */
timeDecoding({
  event,
  data: (value) => {
    const decoded = event(value);
    if (decoded.data.event === undefined) throw new Error('an event has no data');
    return decoded;
  },
  where: (value) => {
    const decoded = event(value);
    if (decoded.meta.flyte.phase === undefined) throw new Error('an event has no phase');
    return decoded;
  },
});
