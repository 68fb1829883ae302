import { Envelope } from '../../contract/envelope.ts';
import { DecodeError } from '../../contract/errors.ts';
import type { Meta } from '../../contract/event.ts';
import { jsonError } from '../../support/events/json-error.ts';
import { type Attributes, checkAttributes } from './attributes.ts';
import { type Kind, kindOf } from './kind.ts';
import { executionKey, normalise } from './normalise.ts';

/**
 * An event of Flyte. Its data is Flyte's own JSON, untouched. Its meta is what the delivery says of its source, and
 * beside it `flyte`, the normalised record, and `sns` or `pubsub`, where one of them was wrapped around it: all of
 * that is made when it is first asked for, because most events are dropped before. So are the data and the key.
 */
export class FlyteEnvelope extends Envelope {
  private readonly kind: Kind;
  private readonly text: string | undefined;
  private readonly carrier: Carrier | undefined;
  private parsed: unknown;
  private ownKey: string | typeof NOT_MADE | undefined = NOT_MADE;

  /** `data` undefined: `text` is certain to be a JSON object, and is parsed when the data is first asked for. */
  constructor(
    kind: Kind,
    attributes: Attributes,
    data: unknown,
    text: string | undefined,
    carrier?: Carrier,
  ) {
    super(attributes.type, undefined);
    this.kind = kind;
    this.parsed = data;
    this.text = text;
    this.carrier = carrier;
    this.id = attributes.id;
    this.source = attributes.source;
    this.time = attributes.time;
    this.subject = attributes.subject;
    this.datacontenttype = attributes.datacontenttype;
    this.dataschema = attributes.dataschema;
    this.extensions = attributes.extensions;
  }

  override get data(): unknown {
    this.parsed ??= JSON.parse(this.text as string);
    return this.parsed;
  }

  override get key(): string | undefined {
    if (this.ownKey === NOT_MADE) this.ownKey = executionKey(this.kind.entity, this.data);
    return this.ownKey;
  }

  override set key(key: string | undefined) {
    this.ownKey = key;
  }

  override get dataText(): string | undefined {
    return this.text;
  }

  protected override get ownMeta(): Meta {
    const given = super.ownMeta;
    if (given !== undefined) return given;
    const meta = { ...this.origin?.meta, ...this.carrier?.meta(), flyte: normalise(this.kind, this.data) };
    // Before the engine has set the origin, the delivery's own meta is still to come.
    if (this.origin !== undefined) this.meta = meta;
    return meta;
  }
}

const NOT_MADE = Symbol('not made');

/** What was wrapped around an event on its way. */
export interface Carrier {
  /** `{ sns: … }` or `{ pubsub: … }`. */
  meta(): Meta;
}

/** What was read of a CloudEvent, in whichever encoding it came. */
export interface CloudEvent {
  readonly attributes: Attributes;
  /** JSON text, as it stands. */
  readonly data: string;
  /** True: the data is certain to be a JSON object. False says nothing. */
  readonly isObject: boolean;
}

/** An event of feed v1 or v2. Throws DecodeError where it is none, or its data is no JSON object. */
export function flyteEvent(
  { attributes, data: text, isObject }: CloudEvent,
  carrier?: Carrier,
): FlyteEnvelope {
  checkAttributes(attributes);
  const kind = kindOf(attributes.type);
  if (kind === undefined) {
    const type = JSON.stringify(attributes.type.slice(0, 100));
    throw new DecodeError(`this CloudEvent is not Flyte's: its type is ${type}, not com.flyte.resource.…`);
  }
  return new FlyteEnvelope(kind, attributes, isObject ? undefined : parseData(text), text, carrier);
}

function parseData(text: string): unknown {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new DecodeError(`the data of this event of Flyte is not JSON: ${jsonError(text)}`, error);
  }
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data;
  throw new DecodeError('the data of an event of Flyte must be a JSON object');
}
