import { DESCRIPTOR } from './descriptor.ts';

export interface MessageType {
  readonly name: string;
  /** By number, in the order of their declaration. */
  readonly fields: ReadonlyMap<number, Field>;
}

/** Names by number. */
export type EnumType = ReadonlyMap<number, string>;

export interface Field {
  readonly number: number;
  /** In JSON. */
  readonly name: string;
  /** A scalar by its name in protobuf, e.g. `int64`. */
  readonly type: string | MessageType | EnumType;
  readonly many: 'no' | 'list' | 'map';
  readonly oneof: string | undefined;
}

let types: ReadonlyMap<string, MessageType> | undefined;

/** A message of flyteidl by its full name. The descriptor is read when the first bare message comes. */
export function messageType(name: string): MessageType {
  types ??= readTypes();
  return types.get(name) as MessageType;
}

function readTypes(): ReadonlyMap<string, MessageType> {
  const messages = new Map<string, MessageType>();
  const enums = new Map<string, EnumType>();
  const blocks = DESCRIPTOR.trim().split(/\n(?=message |enum )/);
  const messageFields: [fields: Map<number, Field>, lines: readonly string[]][] = [];
  for (const block of blocks) {
    const [head = '', ...lines] = block.split('\n');
    const [kind, name = ''] = head.split(' ');
    if (kind === 'enum') {
      enums.set(
        name,
        new Map(lines.map((line) => line.split(' ')).map(([n, value]) => [Number(n), value ?? ''])),
      );
    } else {
      const fields = new Map<number, Field>();
      messages.set(name, { name, fields });
      messageFields.push([fields, lines]);
    }
  }
  // Messages hold each other, so fields come once all messages are there.
  for (const [fields, lines] of messageFields) {
    for (const line of lines) {
      const [number = '', name = '', type = '', oneof] = line.split(' ');
      const bare = type.replace(/\[\]$|\{\}$/, '');
      fields.set(Number(number), {
        number: Number(number),
        name,
        type: messages.get(bare) ?? enums.get(bare) ?? bare,
        many: type.endsWith('[]') ? 'list' : type.endsWith('{}') ? 'map' : 'no',
        oneof: oneof?.slice(1),
      });
    }
  }
  return messages;
}
