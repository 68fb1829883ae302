import { DecodeError } from '../../contract/errors.ts';
import { happeningKey } from '../../support/flyte/record.ts';
import { checkAttributes } from './attributes.ts';
import { type Carrier, FlyteEnvelope } from './envelope.ts';
import { entityOf, FLYTEADMIN, type Kind, type MessageName, TYPE_PREFIX } from './kind.ts';
import { readMessage } from './message.ts';
import { messageType } from './message-types.ts';
import { normalise } from './normalise.ts';

/**
 * An event of the external feed, as the CloudEvent that feed v1 would have made of it: its data is the message in
 * the JSON that Flyte itself writes. Its id names what happened, so that a repeat has the same; unlike that of feed
 * v1 it tells two runs of one task apart.
 */
export function externalEvent(name: MessageName, bytes: Buffer, carrier?: Carrier): FlyteEnvelope {
  const kind: Kind = { feed: 'external', entity: entityOf(name) };
  const data = readMessage(messageType(name), bytes);
  const record = normalise(kind, data);
  const key = happeningKey(record);
  if (key === undefined) {
    throw new DecodeError(
      `the bytes are no ${name}: they name no ${record.entity} of an execution. Is it another message (option message)?`,
    );
  }
  const attributes = {
    id: key.join(':'),
    source: FLYTEADMIN,
    type: TYPE_PREFIX + name,
    // As Go writes a time: without zeros at the end of a fraction.
    time: record.occurredAt.replace(/(\.\d*[1-9])0+Z$/, '$1Z'),
    datacontenttype: 'application/json',
  };
  checkAttributes(attributes);
  return new FlyteEnvelope(kind, attributes, data, undefined, carrier);
}
