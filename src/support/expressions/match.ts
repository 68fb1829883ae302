/**
 * The matching of DataHub's filters: does a value from an event satisfy a pattern from a recipe?
 *
 * - A map asks that every one of its keys is satisfied; a missing key counts as null, further keys are ignored.
 *   A value that is a string is read as JSON first (an MCL's `aspect.value` is one), once per level.
 * - A list asks for a string that is equal to one of its elements. Nothing else satisfies it.
 * - A scalar compares as Python's `==` does: `1`, `1.0` and `true` are equal, `"1"` is not; null is satisfied
 *   by null and by nothing at all.
 *
 * There are no wildcards, no prefixes and no negation, on purpose: `where` has them. Matching never throws.
 */
export type Matcher = (value: unknown) => boolean;

/** Whether `value` satisfies `pattern`. For more than one value use `compileMatcher`. */
export function matches(pattern: unknown, value: unknown): boolean {
  return compileMatcher(pattern)(value);
}

/** `matches` with the pattern taken apart once: this runs for every event. */
export function compileMatcher(pattern: unknown): Matcher {
  if (pattern === null || pattern === undefined) return (value) => value === null || value === undefined;
  if (Array.isArray(pattern)) return oneOf(pattern);
  switch (typeof pattern) {
    case 'object':
      return allKeys(pattern as Readonly<Record<string, unknown>>);
    case 'number':
      return equalToNumber(pattern);
    case 'boolean':
      return equalToNumber(pattern ? 1 : 0);
    default:
      return (value) => value === pattern;
  }
}

/** In Python, True is 1 and False is 0. */
function equalToNumber(wanted: number): Matcher {
  if (wanted === 1) return (value) => value === 1 || value === true;
  if (wanted === 0) return (value) => value === 0 || value === false;
  return (value) => value === wanted;
}

function oneOf(pattern: readonly unknown[]): Matcher {
  const wanted = new Set(pattern.filter((element) => typeof element === 'string'));
  return (value) => typeof value === 'string' && wanted.has(value);
}

function allKeys(pattern: Readonly<Record<string, unknown>>): Matcher {
  const keys = Object.keys(pattern);
  const tests = keys.map((key) => compileMatcher(pattern[key]));
  // A name that every object inherits (`constructor`) would be found where the event has none.
  const inherited = keys.some((key) => key in Object.prototype);
  return (value) => {
    const map = asMap(value);
    if (map === undefined) return false;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      const found = inherited && !Object.hasOwn(map, key) ? undefined : map[key];
      if (!(tests[i] as Matcher)(found)) return false;
    }
    return true;
  };
}

function asMap(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const read = typeof value === 'string' ? readJson(value) : value;
  if (typeof read !== 'object' || read === null || Array.isArray(read) || ArrayBuffer.isView(read)) {
    return undefined;
  }
  return read as Readonly<Record<string, unknown>>;
}

/** Undefined where the text is not JSON, or cannot be a map. */
function readJson(text: string): unknown {
  if (!/^[ \t\n\r]*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return readPythonJson(text);
  }
}

const STRING_OR_WORD = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|-?Infinity|NaN/g;

/** Python writes and reads NaN and Infinity. NaN equals nothing; neither does a list, which stands in for it. */
function readPythonJson(text: string): unknown {
  if (!text.includes('NaN') && !text.includes('Infinity')) return undefined;
  try {
    return JSON.parse(
      text.replace(STRING_OR_WORD, (found) =>
        found === 'NaN' ? '[]' : found === 'Infinity' ? '1e999' : found === '-Infinity' ? '-1e999' : found,
      ),
    );
  } catch {
    return undefined;
  }
}
