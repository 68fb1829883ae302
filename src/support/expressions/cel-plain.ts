/**
 * What an expression results in, as JSON knows it: CEL's integers become numbers, timestamps and durations text,
 * an empty optional nothing (its key is left out), bytes inside of other values base64. Lists and maps are copied
 * only where something in them changes.
 *
 * Throws an Error where JSON has no such value: an integer beyond 2^53, an infinite number.
 */
export function plainValue(value: unknown): unknown {
  return value instanceof Uint8Array ? value : plain(value);
}

function plain(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) throw new Error(`the result ${value} is not a JSON number`);
      return value;
    case 'bigint':
      return plainInteger(value);
    case 'object':
      return value === null ? null : plainObject(value);
    default:
      return value;
  }
}

function plainInteger(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new Error(
    `the integer ${value} is beyond 2^53, where JSON readers round; write string(…) to keep it`,
  );
}

interface Tagged {
  readonly [Symbol.toStringTag]?: string;
}

function plainObject(value: object): unknown {
  if (Array.isArray(value)) return plainList(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return value.toISOString();
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return plainMap(value as Record<string, unknown>);
  if (value instanceof Map) return plainMap(Object.fromEntries(value));
  if (value instanceof Set) return plainList([...value]);
  if ((value as Tagged)[Symbol.toStringTag] === 'optional') {
    return plain((value as { orValue(fallback: unknown): unknown }).orValue(undefined));
  }
  const primitive: unknown = value.valueOf();
  return typeof primitive === 'bigint' ? plainInteger(primitive) : String(value);
}

function plainList(list: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const element = plain(list[i]);
    if (element === list[i] && element !== undefined) continue;
    copy ??= list.slice();
    copy[i] = element ?? null;
  }
  return copy ?? list;
}

function plainMap(map: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(map)) {
    const member = plain(map[key]);
    if (member === map[key] && member !== undefined) continue;
    copy ??= { ...map };
    if (member === undefined) delete copy[key];
    else copy[key] = member;
  }
  return copy ?? map;
}
