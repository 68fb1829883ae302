import { DecodeError } from '../../contract/errors.ts';
import { fractionText, timestampText } from './time.ts';

type Json = Readonly<Record<string, unknown>>;

/** Messages of `google.protobuf` that have a JSON form of their own: from the members as they were read. */
export const WELL_KNOWN: Readonly<Record<string, (members: Json) => unknown>> = {
  'google.protobuf.Timestamp': ({ seconds = '0', nanos = 0 }) =>
    timestampText(Number(seconds), nanos as number, 'jsonpb') ?? wrong('Timestamp'),
  'google.protobuf.Duration': ({ seconds = '0', nanos = 0 }) => duration(seconds as string, nanos as number),
  'google.protobuf.Struct': ({ fields = {} }) => fields,
  'google.protobuf.ListValue': ({ values = [] }) => values,
  // Without any member it is null, too.
  'google.protobuf.Value': ({ nullValue, ...members }) =>
    nullValue === undefined ? (Object.values(members)[0] ?? null) : null,
  'google.protobuf.BoolValue': ({ value = false }) => value,
};

function duration(seconds: string, nanos: number): string {
  const sign = seconds.startsWith('-') || nanos < 0 ? '-' : '';
  if (Math.abs(nanos) > 999_999_999) wrong('Duration');
  return `${sign}${seconds.replace('-', '')}${fractionText(Math.abs(nanos), 'jsonpb')}s`;
}

function wrong(what: string): never {
  throw new DecodeError(`a google.protobuf.${what} of the message is out of its range`);
}
