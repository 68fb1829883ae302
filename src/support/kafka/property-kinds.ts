/** How the values of librdkafka's properties are read: as text, as it has them, or as YAML's own types. */

export interface PropertyKind<T> {
  /** Completes "expected …". */
  readonly expected: string;
  /** Undefined: not such a value. */
  read(value: unknown): T | undefined;
}

export function integer(least: number, most: number): PropertyKind<number> {
  return {
    expected: `an integer from ${least} to ${most}`,
    read(value) {
      const number = typeof value === 'string' && /^\s*-?[0-9]+\s*$/.test(value) ? Number(value) : value;
      const fits =
        typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most;
      return fits ? number : undefined;
    },
  };
}

export const flag: PropertyKind<boolean> = {
  expected: 'true or false',
  read(value) {
    const word = typeof value === 'boolean' || typeof value === 'number' ? String(value) : value;
    if (typeof word !== 'string') return undefined;
    if (/^\s*(?:true|t|1)\s*$/i.test(word)) return true;
    return /^\s*(?:false|f|0)\s*$/i.test(word) ? false : undefined;
  },
};

export const text: PropertyKind<string> = {
  expected: 'a text that is not empty',
  read: (value) => (typeof value === 'string' && value.trim() !== '' ? value : undefined),
};

/** Text, or a number that stands for itself (`client.id: 7`). */
export const name: PropertyKind<string> = {
  expected: text.expected,
  read: (value) => text.read(typeof value === 'number' ? String(value) : value),
};

/** One of some words, in either case, by what it means; `table` keys are lower case. */
export function word<const T>(table: Readonly<Record<string, T>>): PropertyKind<T> {
  return {
    expected: `one of ${Object.keys(table).join(', ')}`,
    read(value) {
      const key = String(value).trim().toLowerCase();
      return typeof value !== 'object' && Object.hasOwn(table, key) ? table[key] : undefined;
    },
  };
}
